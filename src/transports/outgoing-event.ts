import { toIso, toIsoOrNull } from '../domain/instants.js';
import { isEndStep, type LifecycleMessage } from '../domain/lifecycle-message.js';
import type { OutgoingMessage } from './transport.js';

/**
 * The CloudEvent of a step, under the key of its task. It holds neither secrets nor outputs, but says where these can be
 * read. Its id is the same however often it is sent.
 */
export function outgoingEvent(message: LifecycleMessage, prefix: string): OutgoingMessage {
  const { id, type, organization, taskId, at } = message;
  const event = {
    specversion: '1.0',
    id,
    source: `/organizations/${organization}/tasks/${taskId}`,
    type: `${prefix}${type}`,
    ...('runId' in message && { subject: message.runId }),
    time: toIso(at),
    datacontenttype: 'application/json',
    // The extension for distributed tracing.
    ...('runId' in message && message.trace),
    data: dataOf(message),
  };
  return { key: taskId, event: JSON.stringify(event) };
}

function dataOf(message: LifecycleMessage): object {
  const { taskId, taskName, tags } = message;
  const task = { taskId, taskName, tags };
  if ('change' in message) {
    const { change, cause, generation, state, pausedReason } = message;
    return { ...task, change, ...(cause && { cause }), generation, state, pausedReason, href: `/v1/tasks/${taskId}` };
  }
  if ('since' in message)
    return { ...task, since: toIso(message.since), lateMs: message.lateMs, href: `/v1/tasks/${taskId}` };
  if ('from' in message) {
    const { from, to, count, outcome, reason } = message;
    return {
      ...task,
      from: toIso(from),
      to: toIso(to),
      count,
      outcome,
      reason,
      href: `/v1/tasks/${taskId}/occurrences`,
    };
  }
  const { runId, trigger, state, attempt, attempts, latenessMs, reason, error } = message;
  return {
    ...task,
    ...{ runId, trigger, state, attempt, attempts },
    outcome: isEndStep(message.type) ? state : null,
    scheduledFor: toIso(message.scheduledFor),
    startedAt: toIsoOrNull(message.startedAt),
    finishedAt: toIsoOrNull(message.finishedAt),
    retryAt: toIsoOrNull(message.retryAt),
    ...{ latenessMs, reason, error },
    href: `/v1/runs/${runId}`,
  };
}
