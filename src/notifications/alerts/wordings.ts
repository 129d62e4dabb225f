import { boundedText } from '../../domain/bounded-text.js';
import { toIso } from '../../domain/instants.js';
import type { LifecycleMessage, MissedMessage } from '../../domain/lifecycle-message.js';
import type { Alert, AlertKind } from './alert.js';

const LONGEST_NAME = 200;
const LONGEST_MESSAGE = 300;

/** The name in quotes, as it stands in sentences. */
const named = ({ taskName, taskId }: LifecycleMessage): string =>
  taskName === '' ? `The task ${taskId}` : `The task "${boundedText(taskName, LONGEST_NAME)}"`;

const errorOf = (message: LifecycleMessage): Alert['error'] =>
  'error' in message && message.error
    ? { code: boundedText(message.error.code, 100), message: boundedText(message.error.message, LONGEST_MESSAGE) }
    : null;

const because = (error: Alert['error']): string => (error ? ` (${error.code})` : '');

function sentence(kind: AlertKind, message: LifecycleMessage, failures: number | null): string {
  const name = named(message);
  const error = errorOf(message);
  if (kind === 'failing') return `${name} has failed ${failures} times in a row${because(error)}.`;
  if (message.type === 'run.timed_out') return `${name} timed out${because(error)}.`;
  if (message.type === 'run.failed') return `${name} failed${because(error)}.`;
  if (message.type === 'run.succeeded')
    return `${name} has succeeded again after ${failures} ${failures === 1 ? 'failure' : 'failures'}.`;
  if (message.type === 'run.started')
    return `${name} began ${message.latenessMs} ms after its time, which was ${toIso(message.scheduledFor)}.`;
  if (message.type === 'run.missed') return `${name} did not run at ${toIso(message.scheduledFor)}: ${message.reason ?? 'it was missed'}.`; // prettier-ignore
  if (message.type === 'task.missed') return `${name} did not run ${whenOf(message)}: ${message.reason}.`;
  if (message.type === 'task.overdue')
    return `${name} is overdue: a start was due at ${toIso(message.since)}, ${message.lateMs} ms ago.`;
  if (message.type === 'task.recovered') return `${name} is no longer overdue.`;
  return `${name} was paused after failures: ${('pausedReason' in message && message.pausedReason) || 'they were too many'}.`;
}

const whenOf = ({ from, to, count }: MissedMessage): string =>
  count === 1 ? `at ${toIso(from)}` : `${count} times from ${toIso(from)} to ${toIso(to)}`;

/** What is told of a message. */
export const alertOf = (
  id: string,
  kind: AlertKind,
  message: LifecycleMessage,
  failures: number | null = null,
): Alert => ({
  ...{ id, kind, at: message.at, taskId: message.taskId, taskName: boundedText(message.taskName, LONGEST_NAME) },
  runId: 'runId' in message ? message.runId : null,
  text: boundedText(sentence(kind, message, failures), 1000),
  ...{ error: errorOf(message), failures },
  ...('runId' in message && message.trace && { traceparent: message.trace.traceparent }),
});

/** What is told of a channel. */
export const aboutChannel = (id: string, text: string, at: number, kind: AlertKind = 'channel'): Alert => ({
  ...{ id, kind, at, taskId: null, taskName: null, runId: null, text, error: null, failures: null },
});
