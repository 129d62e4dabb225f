import { toIso } from '../domain/instants.js';
import { isFinished, type Run } from '../domain/run.js';
import { ofInstances, ofRun } from './evidence.js';
import type { Cause, CauseCode } from './explanation.js';
import { latenessOf } from './lateness.js';
import type { RunFacts, Told } from './run-facts.js';
import { TAKEOVER } from './waiting.js';
import { duration } from './words.js';

/** The story of a run that has started: whether on time, and its progress or result. */
export function begun(facts: RunFacts): Told {
  const { run, task, now, others } = facts;
  const late = latenessOf(run, task, others);
  const start = late
    ? `it started ${duration(run.latenessMs!)} late: ${late.words}`
    : `it started on time, ${duration(Math.max(0, run.latenessMs ?? 0))} after it was due`;
  const told = run.startedAt === null ? 'its instance died before it recorded a start' : start;
  const awaited = others.find(({ id }) => late?.reason.includes(id));
  const { words, ...cause } = holderLost(facts) ?? ended(run) ?? onTimeOrLate(late);
  return {
    ...cause,
    words: `${stateOf(run, now)}${words}; ${told}`,
    evidence: [
      ...(awaited ? [ofRun(awaited, 'The run that it waited for.')] : []),
      ...ofInstances(facts.surroundings?.instances.filter(({ id }) => id === run.owner) ?? []),
    ],
  };
}

function stateOf({ state, startedAt, finishedAt, attempts }: Run, now: number): string {
  const from = startedAt ?? attempts.find((attempt) => attempt.startedAt !== null)?.startedAt ?? null;
  const lost = attempts.filter(({ outcome }) => outcome === 'lost').length;
  const ofThem = lost > 0 ? `, ${lost} of them lost with its instance` : '';
  const tries = attempts.length > 1 ? ` with ${attempts.length} attempts${ofThem}` : '';
  if (!isFinished(state) && from === null) return `may have begun, and waits for attempt ${attempts.length + 1}`;
  if (!isFinished(state))
    return `has been running since ${toIso(from!)}${attempts.length > 0 ? `, now in attempt ${attempts.length + 1}` : ''}`;
  const how =
    { succeeded: 'succeeded', failed: 'failed', timed_out: 'timed out' }[state as 'failed'] ?? 'was cancelled';
  if (from === null) return `may have begun, and ${how}${tries}`;
  // Two instances may have recorded its start and its end, each by its own clock.
  return `ran and ${how} after ${duration(Math.max(0, (finishedAt ?? now) - from))}${tries}`;
}

/** A run that is still running although its instance is dead. */
function holderLost({ run, surroundings }: RunFacts): Cause | null {
  if (isFinished(run.state) || !surroundings) return null;
  if (surroundings.instances.some(({ id, alive }) => id === run.owner && alive)) return null;
  return {
    code: 'instance-lost',
    reason: 'its instance died',
    words: `, but the instance ${run.owner} that runs it is dead`,
    advice: TAKEOVER,
  };
}

const ENDS: Partial<Record<Run['state'], CauseCode>> = {
  failed: 'failed',
  timed_out: 'timed-out',
  cancelled: 'cancelled',
};

/** Why a run that started did not succeed. */
function ended({ id, state, reason }: Run): Cause | null {
  const code = ENDS[state];
  if (!code) return null;
  const given = reason ?? 'no reason given';
  const isDeadline = code === 'timed-out' && given.startsWith('deadlineMs');
  return {
    code: isDeadline ? 'deadline' : code,
    reason: given,
    words: `: ${given.replace('deadlineMs: ', '').replace(/\.$/, '')}`,
    advice: code === 'cancelled' ? null : `POST /v1/runs/${id}/retry runs it again.`,
  };
}

const onTimeOrLate = (late: Cause | null): Cause =>
  late
    ? { ...late, reason: `started late: ${late.reason}`, words: '' }
    : { code: 'on-time', reason: 'started on time', words: '', advice: null };
