import type { KnownInstance } from '../cluster/instance-registry.js';
import { toIso, toIsoOrNull } from '../domain/instants.js';
import type { JsonObject } from '../domain/json.js';
import type { LedgerEntry } from '../domain/ledger.js';
import type { Attempt, Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { Trigger } from '../domain/trigger.js';
import type { Evidence } from './explanation.js';
import { duration } from './words.js';

/** Only this many attempts are shown, the last ones. */
const MOST_ATTEMPTS = 10;

export const ofTask = (task: Task): Evidence => ({
  type: 'task',
  detail: stateInWords(task),
  data: {
    state: task.state,
    next: task.next && { scheduledFor: toIso(task.next.scheduledFor), dueAt: toIso(task.next.dueAt) },
    pausedReason: task.pausedReason,
    pausedUntil: toIsoOrNull(task.pausedUntil),
    generation: task.generation,
    since: toIso(task.since),
    scheduledRuns: task.scheduledRuns,
  },
});

function stateInWords({ state, next, pausedReason }: Task): string {
  if (state === 'paused') return `The task is paused: ${pausedReason}.`;
  if (state === 'completed') return 'The task is completed.';
  return next
    ? `The task is active, and its next occurrence is due at ${toIso(next.dueAt)}.`
    : 'The task is active, and no occurrence is to come by itself.';
}

export const ofRun = (run: Run, detail: string): Evidence => ({
  type: 'run',
  detail,
  data: {
    id: run.id,
    trigger: run.trigger,
    state: run.state,
    reason: run.reason,
    scheduledFor: toIso(run.scheduledFor),
    claimedAt: toIso(run.createdAt),
    dueAt: toIso(dueInstantOf(run)),
    startedAt: toIsoOrNull(run.startedAt),
    finishedAt: toIsoOrNull(run.finishedAt),
    latenessMs: run.latenessMs,
    attempt: run.attempt,
    instance: run.owner,
  },
});

/** When the run was or is due for its first attempt (epoch ms). */
export const dueInstantOf = ({ startedAt, latenessMs, dueAt }: Run): number =>
  startedAt !== null && latenessMs !== null ? startedAt - latenessMs : dueAt;

export const ofAttempts = ({ attempts }: Run): Evidence[] => attempts.slice(-MOST_ATTEMPTS).map(ofAttempt);

const ofAttempt = ({ number, instance, startedAt, finishedAt, outcome, error }: Attempt): Evidence => ({
  type: 'attempt',
  detail: `Attempt ${number} ${outcome.replace('_', ' ')}${
    startedAt === null ? '' : ` after ${duration(Math.max(0, finishedAt - startedAt))}`
  }${error ? `: ${error.message}` : '.'}`,
  data: {
    number,
    instance,
    startedAt: toIsoOrNull(startedAt),
    finishedAt: toIso(finishedAt),
    outcome,
    ...(error && { error: { ...error } }),
  },
});

export const ofStretch = ({ from, to, count, outcome, reason }: LedgerEntry): Evidence => ({
  type: 'ledger',
  detail: count === 1 ? 'The entry of the ledger.' : `The entry of the ledger, for ${count} occurrences.`,
  data: { from: toIso(from), to: toIso(to), count, outcome, reason },
});

export const ofPolicy = (detail: string, data: JsonObject): Evidence => ({ type: 'policy', detail, data });

export const ofInstances = (instances: readonly KnownInstance[]): Evidence[] =>
  instances.map(({ id, alive, leaving, running, concurrency, heartbeatAt }) => ({
    type: 'instance',
    detail: `Instance ${id} is ${alive ? (leaving ? 'leaving' : 'alive') : 'dead'}, with ${running} of ${concurrency} slots taken at its last heartbeat.`,
    data: { id, alive, leaving, running, concurrency, heartbeatAt: toIso(heartbeatAt) },
  }));

/** The current triggers that name the instant; if there are several, they make one occurrence. */
export const ofTriggers = (triggers: readonly Trigger[]): Evidence[] =>
  triggers.map((trigger) => ({
    type: 'trigger',
    detail:
      triggers.length === 1
        ? `The trigger that names it is of the type "${trigger.type}".`
        : `One of ${triggers.length} triggers that name it, of the type "${trigger.type}"; together they make one run.`,
    // Stored triggers are plain JSON.
    data: trigger as JsonObject,
  }));
