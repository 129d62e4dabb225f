import { z } from 'zod';
import { CHANGE_TOPICS } from './change-topics.js';

const topicSchema = z.enum(CHANGE_TOPICS);

export const changesQuerySchema = z.strictObject({
  topic: z
    .union([topicSchema.transform((topic) => [topic]), z.array(topicSchema).min(1).max(CHANGE_TOPICS.length)])
    .optional()
    .describe('What to tell of; repeated, of each of these. Of everything unless given.'),
  taskId: z.string().min(1).max(100).optional().describe('Only what concerns this task, and figures.'),
});
export type ChangesQuery = z.output<typeof changesQuerySchema>;
