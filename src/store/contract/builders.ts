import { newId, occurrenceRunId } from '../../domain/ids.js';
import type { JsonObject } from '../../domain/json.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import type { Run } from '../../domain/run.js';
import { taskDefinitionSchema, type TaskDefinition } from '../../domain/task-definition.js';
import type { Task } from '../../domain/task.js';
import type { Claim } from '../../domain/claim.js';
import type { RunChange } from '../../scheduling/ports/run.store.js';
import type { StoredEvent } from '../../events/event.store.js';

/** The instant at which the tests' worlds begin (epoch ms). */
export const T0 = Date.UTC(2027, 0, 4, 9);

let made = 0;

/** A new id that sorts after every id returned before. */
export const nextId = (): string => newId(T0 + made++);

/** A complete definition with all defaults, overridden by `fields`. */
export function aDefinition(fields: Partial<TaskDefinition> = {}): TaskDefinition {
  const defaults = taskDefinitionSchema.parse({
    name: 'nightly regression',
    triggers: [{ type: 'interval', everyMs: 60_000 }],
    action: { type: 'noop' },
  });
  return { ...defaults, ...fields };
}

/** An active task of the organization `acme`, due at `T0`. */
export function aTask({ definition, ...fields }: Partial<Omit<Task, 'definition'>> & TaskParts = {}): Task {
  return {
    id: nextId(),
    organization: 'acme',
    definition: aDefinition(definition),
    secrets: {},
    state: 'active',
    pausedReason: null,
    pausedUntil: null,
    next: { scheduledFor: T0, dueAt: T0 },
    generation: 1,
    scheduledRuns: 0,
    claimedUntil: null,
    toldUntil: T0 - 1000,
    since: T0 - 1000,
    createdAt: T0 - 1000,
    updatedAt: T0 - 1000,
    ...fields,
  };
}

interface TaskParts {
  definition?: Partial<TaskDefinition>;
}

/** A trigger that waits for events of the type. */
export const onEvent = (event: string, filter?: JsonObject): TaskDefinition['triggers'][number] =>
  filter ? { type: 'event', event, filter } : { type: 'event', event };

/** A pending run of the organization `acme` that nobody holds, due at `T0`. */
export function aRun(fields: Partial<Run> = {}): Run {
  return {
    id: nextId(),
    organization: 'acme',
    taskId: 'task-1',
    trigger: 'manual',
    scheduledFor: T0,
    generation: 1,
    priority: 5,
    createdAt: T0,
    retryOf: null,
    event: null,
    state: 'pending',
    dueAt: T0,
    owner: null,
    putOff: false,
    attempt: 0,
    attempts: [],
    startedAt: null,
    finishedAt: null,
    latenessMs: null,
    output: null,
    reason: null,
    ...fields,
  };
}

/** A claim by `owner` of the task's next occurrence, after which the task is due a minute later. */
export function aClaim(task: Task, fields: Partial<Claim> = {}, owner = 'instance-1'): Claim {
  const scheduledFor = task.next?.scheduledFor ?? T0;
  const { organization, id: taskId, generation } = task;
  return {
    organization,
    taskId,
    generation,
    scheduledFor,
    dueAt: task.next?.dueAt ?? T0,
    run: aRun({
      id: occurrenceRunId(taskId, scheduledFor),
      organization,
      taskId,
      generation,
      scheduledFor,
      trigger: 'schedule',
      dueAt: scheduledFor,
      owner,
      attempt: 1,
    }),
    ledger: [],
    next: { scheduledFor: scheduledFor + 60_000, dueAt: scheduledFor + 60_000 },
    state: 'active',
    ...fields,
  };
}

/** A stretch of three skipped occurrences of the task, ending a minute before `T0`. */
export function aLedgerEntry(task: Task, fields: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    organization: task.organization,
    taskId: task.id,
    from: T0 - 180_000,
    to: T0 - 60_000,
    count: 3,
    outcome: 'skipped',
    reason: 'the run before was not finished',
    ...fields,
  };
}

/** A change of `run` to `fields`, under the token that `run` shows. */
export function aChange(run: Run, fields: Partial<RunChange['progress']>): RunChange {
  const { state, dueAt, owner, putOff, attempt, attempts, startedAt, finishedAt, latenessMs, output, reason } = run;
  const progress = {
    state,
    dueAt,
    owner,
    putOff,
    attempt,
    attempts,
    startedAt,
    finishedAt,
    latenessMs,
    output,
    reason,
  };
  return { id: run.id, expected: { owner, attempt }, progress: { ...progress, ...fields } };
}

/** An event of the organization `acme`, received at `T0` and not dispatched. */
export function anEvent(fields: Partial<StoredEvent> = {}): StoredEvent {
  return {
    id: nextId(),
    organization: 'acme',
    type: 'test-completion',
    data: { status: 'failed' },
    receivedAt: T0,
    dispatched: false,
    ...fields,
  };
}

/** An object that breaks stores which interpret keys or lose values. */
export const awkwardJson = (): JsonObject =>
  JSON.parse(
    `{"$where":"1","$set":{"a":1},"a.b":{"c.d":[1,[2,{"e":null}]]},"__proto__":{"polluted":true},"constructor":{},"":"no key",
      "unicode":"Zürich 東京 \\ud83d\\ude80 \\u2028","quotes":"'single' \\"double\\" \\\\ ; -- DROP TABLE runs","nul":"a\\u0000b","zero":0,
      "negative":-1.5,"big":9007199254740991,"tiny":1e-9,"null":null,"false":false,"empty":"","list":[],"object":{}}`,
  ) as JsonObject;
