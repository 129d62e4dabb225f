import type { Task } from '../../domain/task.js';

/** Triggers that go on for ever, unless their task says when it ends. */
const ENDLESS = new Set(['cron', 'interval', 'event', 'manual']);

/** Whether the task may come to its last occurrence; of the others nobody has to ask for it. */
export const hasEnd = ({ state, definition }: Task): boolean =>
  state === 'completed' ||
  definition.endAt !== undefined ||
  definition.maxRuns !== undefined ||
  definition.triggers.some(({ type }) => !ENDLESS.has(type));
