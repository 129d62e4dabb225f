import type { LifecycleMessage, Step } from '../../domain/lifecycle-message.js';
import type { Rule, RuleEvent } from './rule.js';

/** The steps from which each event follows. */
const STEPS_OF: Record<RuleEvent, readonly Step[]> = {
  failure: ['run.failed', 'run.timed_out'],
  failing: ['run.failed', 'run.timed_out', 'run.succeeded'],
  recovery: ['run.failed', 'run.timed_out', 'run.succeeded', 'task.recovered'],
  late: ['run.started'],
  missed: ['run.missed', 'task.missed'],
  paused: ['task.changed'],
  overdue: ['task.overdue', 'task.recovered'],
};

/** Every step that some rule may want. */
export const STEPS_OF_RULES: ReadonlySet<Step> = new Set(Object.values(STEPS_OF).flat());

type Wanting = Pick<Rule, 'enabled' | 'on' | 'tasks' | 'tags' | 'lateMs'>;

/** Whether a rule may want a message, by what stands in both. */
export function mayWant({ enabled, on, tasks, tags, lateMs }: Wanting, message: LifecycleMessage): boolean {
  if (!enabled || !on.some((event) => STEPS_OF[event].includes(message.type))) return false;
  if (tasks.length > 0 && !tasks.includes(message.taskId)) return false;
  if (tags.length > 0 && !message.tags.some((tag) => tags.includes(tag))) return false;
  if (message.type === 'task.changed') return message.cause === 'failures';
  // Occurrences that gave way to a later one of their task are made up for by that.
  if (message.type === 'task.missed') return message.outcome === 'missed';
  return message.type !== 'run.started' || (message.attempt === 1 && (message.latenessMs ?? 0) >= lateMs);
}
