import { boundedText } from '../domain/bounded-text.js';
import type { LedgerEntry } from '../domain/ledger.js';
import { toIso } from '../domain/instants.js';
import type { Run } from '../domain/run.js';
import { traceIdOfRun } from '../domain/run-trace.js';
import type { Task } from '../domain/task.js';
import type { LifecycleEventMap } from '../lifecycle/lifecycle-events.js';
import { LogLine, type LineFields } from './log-line.js';
import { counted } from '../domain/counted.js';

/** Codes come from handlers and servers; a line holds no more of one (bytes). */
const LONGEST_CODE = 100;

const ofTask = ({ organization, id: task }: Task) => ({ organization, task });

function ofRun(ran: Run, task: Task) {
  const { id: run, attempt, trigger } = ran;
  const trace = traceIdOfRun(ran);
  return { ...ofTask(task), run, attempt, trigger, ...(trace !== undefined && { trace }) };
}

/** A run that was given up. Its messages stay in the run: they are a tenant's, and may be long. */
export function failedLine(run: Run, task: Task): LogLine {
  const code = boundedText(run.attempts.at(-1)?.error?.code ?? run.state, LONGEST_CODE);
  return new LogLine(
    `Run ${run.id} of task ${task.id} ${run.state === 'timed_out' ? 'timed out' : 'failed'} for good after attempt ${run.attempt}: ${code}.`,
    { event: 'run.failed', ...ofRun(run, task), outcome: run.state, code },
  );
}

/** A run whose time passed before it could begin. */
export const missedLine = (run: Run, task: Task): LogLine =>
  new LogLine(`Run ${run.id} of task ${task.id}, due at ${toIso(run.scheduledFor)}, is missed.`, {
    ...{ event: 'run.missed', ...ofRun(run, task) },
    scheduledFor: toIso(run.scheduledFor),
  });

/** Occurrences that got no run. */
export const leftOutLine = (task: Task, { from, to, count, outcome, reason }: LedgerEntry): LogLine =>
  new LogLine(
    `${counted(count, 'occurrence')} of task ${task.id}, due from ${toIso(from)} to ${toIso(to)}, did not run: ${outcome} (${reason}).`,
    { event: `occurrences.${outcome}`, ...ofTask(task), count, from: toIso(from), to: toIso(to) },
  );

export const pausedLine = (task: Task): LogLine =>
  new LogLine(`Task ${task.id} is paused: its last ${task.definition.pauseAfterFailures} runs failed.`, {
    event: 'task.paused',
    ...ofTask(task),
  });

export function overdueLine({ change, task, lateMs, missing }: LifecycleEventMap['task.overdue']): LogLine {
  const fields: LineFields = { event: `task.${change}`, ...ofTask(task), lateMs };
  if (change === 'recovered') return new LogLine(`Task ${task.id} is no longer overdue.`, fields);
  const why = missing === undefined ? '' : `, and no instance ${missing}`;
  return new LogLine(`Task ${task.id} is overdue: something of it was due ${lateMs} ms ago${why}.`, fields);
}
