import { z } from 'zod';
import { pauseReasonSchema } from '../../domain/pause.js';
import { MOST_CHANGED } from '../../scheduling/tasks/bulk-changes.js';
import { cursorSchema } from '../http/cursor.js';
import { epochSchema, taskFilters } from './task.requests.js';

const selection = {
  ...taskFilters,
  all: z.literal(true).optional().describe('Must be given where no filter is: all tasks are meant.'),
  limit: z.int().min(1).max(MOST_CHANGED).default(MOST_CHANGED).describe('How many tasks to change, at most.'),
  dryRun: z.boolean().default(false).describe('Shows which tasks would change, and changes nothing.'),
  cursor: cursorSchema,
};

interface Selection {
  tag?: string | undefined;
  queue?: string | undefined;
  q?: string | undefined;
  reason?: string | undefined;
  all?: true | undefined;
}

/** A request that names nothing by mistake must not mean everything. */
const SELECTS = 'must have a filter, or "all": true';

export const bulkPauseSchema = z
  .strictObject({
    ...selection,
    reason: pauseReasonSchema,
    until: epochSchema.optional().describe('When the tasks resume by themselves.'),
  })
  .refine(({ tag, queue, q, all }: Selection) => [tag, queue, q, all].some((each) => each !== undefined), SELECTS)
  .meta({ id: 'BulkPauseRequest' });
export type BulkPauseRequest = z.output<typeof bulkPauseSchema>;

export const bulkResumeSchema = z
  .strictObject({
    ...selection,
    reason: pauseReasonSchema.optional().describe('Tasks that were paused for this reason.'),
  })
  .refine(
    ({ tag, queue, q, reason, all }: Selection) => [tag, queue, q, reason, all].some((each) => each !== undefined),
    SELECTS,
  )
  .meta({ id: 'BulkResumeRequest' });
export type BulkResumeRequest = z.output<typeof bulkResumeSchema>;
