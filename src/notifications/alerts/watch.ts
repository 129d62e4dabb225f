import { derivedId } from '../../domain/ids.js';
import type { OverdueMessage, RunMessage } from '../../domain/lifecycle-message.js';
import type { Rule } from '../rules/rule.js';
import type { Alert } from './alert.js';
import { alertOf } from './wordings.js';

/** How many failures are told apart; a task that goes on failing is counted. */
const MOST_FAILURES = 120;

/** A failed run. */
interface Failure {
  run: string;
  /** When it ended (epoch ms). */
  at: number;
}

/** What a rule has seen of a task. */
export interface Watch {
  /** The failures since the last success, the latest of many. */
  failures: Failure[];
  /** The latest failed runs that are over and were told by themselves: if they come again, nothing is told. */
  past: readonly string[];
  /** How many there were, those that are not listed included. */
  count: number;
  /** The first failure of them: it names the episode. */
  episode: string | null;
  /** The channels that were told of the episode. */
  toldTo: readonly string[];
  /** When it was last told that the task is failing (epoch ms); null for never. */
  failingAt: number | null;
  /** When the last success was that ended failures (epoch ms). */
  succeededAt: number;
  /** Since when the task is overdue, where that was told (epoch ms). */
  overdueSince: number | null;
  overdueTo: readonly string[];
  /** What has to be told of the last change; it stands here until it is told. */
  tell: readonly Telling[];
}

/** An alert and the channels that it is for. */
export interface Telling {
  alert: Alert;
  channels: readonly string[];
}

export const NOTHING_SEEN: Watch = {
  ...{ failures: [], past: [], count: 0, episode: null, toldTo: [], failingAt: null, succeededAt: 0 },
  ...{ overdueSince: null, overdueTo: [] },
  tell: [],
};

export type Watched = RunMessage | OverdueMessage;

/** The watch after a message; the same object where the message changes nothing. */
export function observed(watch: Watch, rule: Rule, message: Watched): Watch {
  if (message.type === 'task.overdue') return overdue(watch, rule, message);
  if (message.type === 'task.recovered') return recovered(watch, rule, message);
  if (message.type === 'run.succeeded') return succeeded(watch, rule, message);
  return message.type === 'run.failed' || message.type === 'run.timed_out' ? failed(watch, rule, message) : watch;
}

const idOf = (rule: Rule, at: number, ...parts: string[]): string => derivedId(at, 'alert', rule.id, ...parts);
const endOf = ({ finishedAt, at }: RunMessage): number => finishedAt ?? at;

function failed(watch: Watch, rule: Rule, message: RunMessage): Watch {
  const at = endOf(message);
  if (watch.failures.some(({ run }) => run === message.runId) || watch.past.includes(message.runId)) return watch;
  if (at <= watch.succeededAt) return failedBefore(watch, rule, message);
  const failures = [...watch.failures, { run: message.runId, at }].sort((a, b) => a.at - b.at).slice(-MOST_FAILURES);
  const episode = watch.episode ?? message.runId;
  const next = { ...watch, failures, count: watch.count + 1, episode };
  const alert = alertOfFailure(next, rule, message);
  if (!alert) return { ...next, tell: [] };
  const toldTo = [...new Set([...watch.toldTo, ...rule.channels])];
  const failingAt = alert.kind === 'failing' ? at : watch.failingAt;
  return { ...next, toldTo, failingAt, tell: [{ alert, channels: rule.channels }] };
}

/** What comes late, after a success that ended what it belonged to: it is told, and counts for nothing. */
function failedBefore(watch: Watch, rule: Rule, message: RunMessage): Watch {
  if (!rule.on.includes('failure')) return watch;
  const alert = alertOf(idOf(rule, endOf(message), 'failure', message.runId), 'failure', message);
  return { ...watch, past: remembered(watch, rule, [message.runId]), tell: [{ alert, channels: rule.channels }] };
}

/** The runs that are over, with further ones. Nobody asks for those of a rule that does not tell each failure. */
const remembered = ({ past }: Watch, { on }: Rule, over: readonly string[]): readonly string[] =>
  on.includes('failure') ? [...past, ...over].slice(-MOST_FAILURES) : past;

function alertOfFailure({ count, failingAt, episode }: Watch, rule: Rule, message: RunMessage): Alert | null {
  const at = endOf(message);
  const isAgain = failingAt === null || (rule.repeatMs !== null && at - failingAt >= rule.repeatMs);
  if (rule.on.includes('failing') && count >= rule.failures && isAgain)
    return alertOf(idOf(rule, at, 'failing', episode!, message.runId), 'failing', message, count);
  if (!rule.on.includes('failure')) return null;
  return alertOf(idOf(rule, at, 'failure', message.runId), 'failure', message, count);
}

function succeeded(watch: Watch, rule: Rule, message: RunMessage): Watch {
  const at = endOf(message);
  if (watch.count === 0 || at <= watch.succeededAt) return watch;
  const failures = watch.failures.filter((failure) => failure.at > at);
  const over = watch.failures.filter((failure) => failure.at <= at).map(({ run }) => run);
  const past = remembered(watch, rule, over);
  const left = { ...watch, failures, past, succeededAt: at, tell: [] };
  // An older success came late: only what failed before it is over.
  if (failures.length > 0) return { ...left, count: failures.length };
  const { overdueSince, overdueTo } = watch;
  const isOver = { ...NOTHING_SEEN, past, overdueSince, overdueTo, succeededAt: at };
  if (watch.toldTo.length === 0 || !rule.on.includes('recovery')) return isOver;
  const alert = alertOf(idOf(rule, at, 'recovery', watch.episode!), 'recovery', message, watch.count);
  return { ...isOver, tell: [{ alert, channels: watch.toldTo }] };
}

function overdue(watch: Watch, rule: Rule, message: OverdueMessage): Watch {
  if (!rule.on.includes('overdue') || (watch.overdueSince ?? -1) >= message.since) return watch;
  const alert = alertOf(idOf(rule, message.since, 'overdue', message.taskId), 'overdue', message);
  return {
    ...watch,
    overdueSince: message.since,
    overdueTo: rule.channels,
    tell: [{ alert, channels: rule.channels }],
  };
}

function recovered(watch: Watch, rule: Rule, message: OverdueMessage): Watch {
  if (watch.overdueSince !== message.since) return watch;
  const next = { ...watch, overdueSince: null, overdueTo: [], tell: [] };
  if (!rule.on.includes('recovery')) return next;
  const alert = alertOf(idOf(rule, message.since, 'punctual', message.taskId), 'recovery', message);
  return { ...next, tell: [{ alert, channels: watch.overdueTo }] };
}

/** What is told of a message by itself, without regard to others. */
export function alertsAlone(rule: Rule, message: Parameters<typeof alertOf>[2]): Alert[] {
  if (message.type === 'run.started' && rule.on.includes('late'))
    return [alertOf(idOf(rule, message.scheduledFor, 'late', message.runId), 'late', message)];
  if (message.type === 'run.missed' && rule.on.includes('missed'))
    return [alertOf(idOf(rule, message.scheduledFor, 'missed', message.runId), 'missed', message)];
  if (message.type === 'task.missed' && rule.on.includes('missed'))
    return [alertOf(idOf(rule, message.from, 'missed', message.id), 'missed', message)];
  if (message.type === 'task.changed' && rule.on.includes('paused'))
    return [alertOf(idOf(rule, message.at, 'paused', message.id), 'paused', message)];
  return [];
}
