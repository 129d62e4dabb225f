import {
  RUN_STATES,
  RUN_TRIGGERS,
  type Heartbeat,
  type Run,
  type RunError,
  type RunState,
  type RunTrigger,
} from '../domain/run.js';
import type { RunFailure, RunOutline } from '../scheduling/ports/run.reads.js';
import { storedTrace } from '../domain/trace-context.js';
import { reasonOf } from '../domain/unreadable.js';
import {
  instantOr,
  isInstant,
  isNumber,
  isObject,
  isText,
  isThere,
  isTruth,
  listOf,
  oneOf,
  orNone,
  readable,
  shaped,
  textOr,
  type Shape,
} from './shape.js';

const ERROR: Shape = { code: isText, message: isText };

const ATTEMPT: Shape = {
  number: isNumber,
  instance: isText,
  startedAt: orNone(isInstant),
  finishedAt: isInstant,
  outcome: oneOf(['succeeded', 'failed', 'timed_out', 'cancelled', 'skipped', 'lost']),
  error: (value) => value === undefined || value === null || shaped(ERROR)(value),
};

const RUN: Shape = {
  id: isText,
  organization: isText,
  taskId: isText,
  trigger: oneOf(RUN_TRIGGERS),
  scheduledFor: isInstant,
  generation: isNumber,
  priority: isNumber,
  createdAt: isInstant,
  retryOf: orNone(isText),
  event: orNone(shaped({ id: isText, type: isText, receivedAt: isInstant, data: isThere })),
  parameters: (value) => value === undefined || isObject(value),
  insteadOf: orNone(shaped({ outcome: isText })),
  state: oneOf(RUN_STATES),
  dueAt: isInstant,
  owner: orNone(isText),
  putOff: isTruth,
  attempt: isNumber,
  attempts: listOf(shaped(ATTEMPT)),
  startedAt: orNone(isInstant),
  finishedAt: orNone(isInstant),
  latenessMs: orNone(isNumber),
  output: isThere,
  reason: orNone(isText),
};

const isHeartbeat = shaped({
  attempt: isNumber,
  at: isInstant,
  percent: (value) => value === undefined || isNumber(value),
  message: (value) => value === undefined || isText(value),
});

/** The heartbeat of a run as it is stored; none where it has another shape, since it decides nothing. */
export const readableHeartbeat = (stored: unknown): { heartbeat?: Heartbeat } =>
  isHeartbeat(stored) ? { heartbeat: stored as Heartbeat } : {};

/** What a store knows of a run without reading what may be broken; values may be anything. */
type Known = { readonly [Name in keyof Run]?: unknown };

/** The run, or what stands for it where its record cannot be read, so that one such record fails nothing that others are in. */
export function readableRun(known: Known, read: () => Run): Run {
  return readable(
    () => withReadableTrace(read()),
    RUN,
    (error) => standIn(known, reasonOf(error)),
  );
}

/** The run without what cannot be read of its trace: that decides nothing. */
function withReadableTrace(run: Run): Run {
  const trace = run.trace === undefined ? undefined : storedTrace(run.trace);
  if (trace) run.trace = trace;
  else if (run.trace !== undefined) delete run.trace;
  if (run.span !== undefined && storedTrace({ traceparent: run.span }) === undefined) delete run.span;
  return run;
}

/** What a list of outcomes tells of a run; a value that cannot be read has a stand-in. */
export function readableOutline(known: Known): RunOutline {
  const finishedAt = instantOr(known.finishedAt, null);
  return {
    id: String(known.id),
    taskId: textOr(known.taskId, ''),
    trigger: triggerIn(known),
    scheduledFor: instantOr(known.scheduledFor, 0),
    state: stateIn(known, finishedAt),
    startedAt: instantOr(known.startedAt, null),
    finishedAt,
    latenessMs: isNumber(known.latenessMs) ? (known.latenessMs as number) : null,
  };
}

/** What is told of a run that failed; an error that cannot be read is none. */
export function readableFailure(known: Known, error: unknown): RunFailure {
  const { id, taskId, scheduledFor, state, finishedAt } = standIn(known, '');
  const reason = isText(known.reason) ? (known.reason as string) : null;
  const isError = shaped({ ...ERROR, status: orNone(isNumber) })(error);
  return { ...{ id, taskId, scheduledFor, state, finishedAt, reason }, error: isError ? (error as RunError) : null };
}

const isTrigger = oneOf(RUN_TRIGGERS);
const isState = oneOf(RUN_STATES);
const triggerIn = ({ trigger }: Known): RunTrigger => (isTrigger(trigger) ? (trigger as RunTrigger) : 'manual');
const stateIn = ({ state }: Known, finishedAt: number | null): RunState =>
  isState(state) ? (state as RunState) : finishedAt === null ? 'pending' : 'failed';

/** Of what was begun nobody knows what it was: it belongs to no definition, and whoever comes to work on it ends it. */
function standIn(known: Known, unreadable: string): Run {
  const finishedAt = instantOr(known.finishedAt, null);
  const scheduledFor = instantOr(known.scheduledFor, 0);
  return {
    id: String(known.id),
    organization: textOr(known.organization, ''),
    taskId: textOr(known.taskId, ''),
    trigger: triggerIn(known),
    scheduledFor,
    generation: Number.MAX_SAFE_INTEGER,
    priority: 0,
    createdAt: scheduledFor,
    retryOf: null,
    event: null,
    state: stateIn(known, finishedAt),
    dueAt: instantOr(known.dueAt, scheduledFor),
    // With the attempt it is the token of the record, which is as it is.
    owner: (known.owner ?? null) as string | null,
    putOff: false,
    attempt: known.attempt as number,
    attempts: [],
    startedAt: instantOr(known.startedAt, null),
    finishedAt,
    latenessMs: null,
    output: null,
    reason: unreadable,
    unreadable,
  };
}
