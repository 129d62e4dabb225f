import type { Task } from '../../api/client.ts';
import { at, type Draft } from '../../forms/draft.ts';

const WRITABLE = [
  ...(['name', 'description', 'triggers', 'action', 'parameters', 'queue', 'priority', 'overlap', 'misfire'] as const),
  ...(['retry', 'timeoutMs', 'startDeadlineMs', 'deadlineMs', 'onCrash', 'maxCrashes', 'pauseAfterFailures'] as const),
  ...(['resources', 'startAt', 'endAt', 'maxRuns', 'spreadMs', 'calendars', 'tags'] as const),
] as const satisfies readonly (keyof Task)[];

export const NEW_TASK: Draft = {
  name: '',
  triggers: [{ type: 'cron', expression: '0 9 * * *', timeZone: 'UTC' }],
  action: { type: 'http', method: 'POST', url: '' },
};

/** What of a task can be written. */
export const draftOf = (task: Task): Draft =>
  Object.fromEntries(WRITABLE.filter((key) => task[key] !== undefined).map((key) => [key, task[key]]));

/** Whether something that is needed is empty: its name, or what its action needs. */
export const isBlank = (draft: Draft): boolean =>
  ['/name', '/action/url', '/action/name', '/action/event', '/action/flowId'].some(
    (pointer) => at(draft, pointer) === '',
  );
