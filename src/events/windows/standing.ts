import { isEventTrigger } from '../../domain/event.js';
import type { Task } from '../../domain/task.js';
import type { EventTrigger } from '../../domain/trigger.js';
import type { EventWindow } from './event-window.js';
import { triggerDigest } from './window-key.js';

/** Whether a window goes on: with its trigger, held by a pause, or not, because its trigger is no more. */
export type Standing =
  { is: 'active' | 'held'; trigger: EventTrigger; task: Task } | { is: 'gone' } | { is: 'unknown' };

/** How the window stands with its task as that is now. */
export function standingOf(window: EventWindow, task: Task | undefined): Standing {
  if ((task?.unreadable ?? window.unreadable) !== undefined) return { is: 'unknown' };
  const trigger = task?.definition.triggers.find(
    (each): each is EventTrigger => isEventTrigger(each) && triggerDigest(each) === window.trigger,
  );
  if (!task || !trigger || task.state === 'completed') return { is: 'gone' };
  return { is: task.state === 'paused' ? 'held' : 'active', trigger, task };
}
