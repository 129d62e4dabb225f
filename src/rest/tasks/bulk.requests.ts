import { z } from 'zod';
import { ID } from '../../domain/ids.js';
import { pauseReasonSchema } from '../../domain/pause.js';
import { MOST_CHANGED } from '../../scheduling/tasks/bulk-changes.js';
import { cursorSchema } from '../http/cursor.js';
import { epochSchema, taskFilters } from './task.requests.js';

const selection = {
  ids: z
    .array(z.string().regex(ID, 'must be the id of a task'))
    .min(1)
    .max(MOST_CHANGED)
    .optional()
    .describe('These tasks, in place of a filter.'),
  ...taskFilters,
  all: z.literal(true).optional().describe('Must be given where no filter is: all tasks are meant.'),
  limit: z.int().min(1).max(MOST_CHANGED).default(MOST_CHANGED).describe('How many tasks to change, at most.'),
  dryRun: z.boolean().default(false).describe('Shows which tasks would change, and changes nothing.'),
  cursor: cursorSchema,
};

interface Selection {
  ids?: readonly string[] | undefined;
  tag?: string | undefined;
  queue?: string | undefined;
  q?: string | undefined;
  state?: string | undefined;
  reason?: string | undefined;
  all?: true | undefined;
}

/** A request that names nothing by mistake must not mean everything, nor one that names tasks mean others, too. */
const selects = ({ ids, ...filter }: Selection): boolean => (ids !== undefined) !== hasFilter(filter);

const hasFilter = ({ tag, queue, q, state, reason, all }: Selection): boolean =>
  [tag, queue, q, state, reason, all].some((each) => each !== undefined);

const SELECTS = 'must have either ids, or a filter, or "all": true';

export const bulkPauseSchema = z
  .strictObject({
    ...selection,
    reason: pauseReasonSchema,
    until: epochSchema.optional().describe('When the tasks resume by themselves.'),
  })
  .refine(({ reason: _, ...asked }) => selects(asked), SELECTS)
  .meta({ id: 'BulkPauseRequest' });
export type BulkPauseRequest = z.output<typeof bulkPauseSchema>;

export const bulkResumeSchema = z
  .strictObject({
    ...selection,
    reason: pauseReasonSchema.optional().describe('Tasks that were paused for this reason.'),
  })
  .refine(selects, SELECTS)
  .meta({ id: 'BulkResumeRequest' });
export type BulkResumeRequest = z.output<typeof bulkResumeSchema>;

export const bulkDeleteSchema = z
  .strictObject({
    ...selection,
    state: z.enum(['active', 'paused', 'completed']).optional().describe('Tasks in this state.'),
  })
  .refine(selects, SELECTS)
  .meta({ id: 'BulkDeleteRequest' });
export type BulkDeleteRequest = z.output<typeof bulkDeleteSchema>;
