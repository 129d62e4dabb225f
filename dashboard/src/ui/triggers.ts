import type { Task, Trigger } from '../api/client.ts';
import { lengthOf } from '../time/format.ts';

const TIMED: readonly unknown[] = ['cron', 'interval', 'once', 'rrule'];

/** Whether triggers of this type have times of their own. */
export const isTimed = (type: unknown): boolean => TIMED.includes(type);

/** A trigger in one line. */
export function triggerLine(trigger: Trigger): string {
  switch (trigger.type) {
    case 'cron':
      return `cron ${trigger.expression}${trigger.timeZone === undefined ? '' : ` (${trigger.timeZone})`}`;
    case 'interval':
      return `every ${lengthOf(trigger.everyMs)}`;
    case 'once':
      return `once at ${trigger.at}`;
    case 'rrule':
      return `rule ${trigger.rule}`;
    case 'event':
      return `on event ${trigger.event ?? 'several'}`;
    case 'manual':
      return 'by hand';
    default:
      return (trigger as { type: string }).type;
  }
}

/** The zone in which a task's instants are meant. */
export function zoneOfTask(task: Pick<Task, 'triggers'> | undefined): string | undefined {
  for (const trigger of task?.triggers ?? []) {
    if ('timeZone' in trigger && trigger.timeZone !== undefined) return trigger.timeZone;
  }
  return undefined;
}

/** What a task does, in one line. */
export function actionLine(action: Task['action']): string {
  const { type, ...rest } = action as { type: string; url?: string; method?: string; name?: string };
  if (type === 'http') return `${rest.method ?? 'POST'} ${rest.url ?? ''}`;
  return rest.name === undefined ? type : `${type} ${rest.name}`;
}
