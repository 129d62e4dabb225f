import { z } from 'zod';
import { pauseReasonSchema } from '../../domain/pause.js';
import { queueNameSchema } from '../../domain/queue.js';
import { parametersSchema } from '../../domain/task-definition.js';
import { instantSchema } from '../../domain/trigger.js';
import { HEALTHS } from '../../overview/task-health.js';
import type { TaskQuery } from '../../overview/task-listing.js';
import { TASK_SORTS } from '../../scheduling/ports/task.reads.js';
import { taskCursorSchema } from '../http/cursor.js';
import { wholeNumber } from '../http/numbers.js';
import { limitSchema } from '../http/page.js';
import { severalSchema } from '../http/several.js';

const toEpoch = (instant: string): number => Date.parse(instant);

/** An instant of a request in epoch milliseconds. */
export const epochSchema = instantSchema.transform(toEpoch);

/** What narrows a list of tasks, in whatever state. */
export const taskFilters = {
  queue: queueNameSchema.optional().describe('Tasks of this queue.'),
  tag: z.string().min(1).max(64).optional().describe('Tasks with this tag.'),
  q: z.string().min(1).max(200).optional().describe('Tasks whose name contains this text, in upper or lower case.'),
};

/** How many values of a filter one request may name, and how many tasks. */
const MOST_VALUES = 20;
const MOST_IDS = 200;
const kindSchema = z.string().min(1).max(64);
const several = <Value extends z.ZodType>(value: Value, description: string) =>
  severalSchema(value, MOST_VALUES).optional().describe(description);

export const taskListQuerySchema = z
  .strictObject({
    state: several(z.enum(['active', 'paused', 'completed']), 'Tasks in this state; repeated, in any of these.'),
    ...taskFilters,
    tag: several(taskFilters.tag.unwrap(), 'Tasks with this tag; repeated, with all of these.'),
    health: several(
      z.enum(HEALTHS),
      'How the task does; repeated, any of these. failing: its last run failed or timed out, but for those that were cancelled or skipped; overdue: its next occurrence should have been taken up by now; never: none of its runs has ended.',
    ),
    triggerType: several(kindSchema, 'Tasks with a trigger of this type; repeated, of any of these.'),
    action: several(kindSchema, 'Tasks with an action of this type; repeated, of any of these.'),
    ids: severalSchema(z.string().min(1).max(100), MOST_IDS)
      .optional()
      .describe('These tasks only; repeated for several, 200 at most. They come newest first.'),
    sort: z
      .enum(TASK_SORTS)
      .optional()
      .describe(
        'By the name in any case, by when the task is next due (what is due nowhere comes last), or by its last change. Newest first unless given.',
      ),
    order: z.enum(['asc', 'desc']).optional().describe('asc unless given, and of updatedAt desc; only with sort.'),
    limit: limitSchema,
    cursor: taskCursorSchema,
  })
  .refine(({ sort, order }) => sort !== undefined || order === undefined, { path: ['order'], error: 'needs sort' })
  .refine(({ sort, ids }) => sort === undefined || ids === undefined, { path: ['sort'], error: 'cannot be with ids' });
export type TaskListQuery = z.output<typeof taskListQuerySchema>;

/** What a list of tasks is to have. */
export function taskQueryOf({ state, tag, triggerType, action, sort, order, ...rest }: TaskListQuery): TaskQuery {
  const { health, ids, queue, q } = rest;
  const [first, ...others] = tag ?? [];
  return {
    // One state, and the first tag, are found by an index.
    ...(state?.length === 1 ? { state: state[0] } : { states: state }),
    tag: first,
    ...(others.length > 0 && { tags: others }),
    ...{ queue, q, health, ids, triggerTypes: triggerType, actions: action },
    ...(sort && { sorting: { by: sort, order: order ?? (sort === 'updatedAt' ? 'desc' : 'asc') } }),
  };
}

export const nextRunsQuerySchema = z.strictObject({
  count: wholeNumber(1, 1000, 10),
  from: epochSchema.optional().describe('Occurrences of this instant or later, within ten years from now.'),
  to: epochSchema.optional().describe('Occurrences of an earlier instant.'),
});
export type NextRunsQuery = z.output<typeof nextRunsQuerySchema>;

export const pauseRequestSchema = z
  .strictObject({
    reason: pauseReasonSchema,
    until: epochSchema.optional().describe('When the task resumes by itself.'),
  })
  .meta({ id: 'PauseRequest' });
export type PauseRequest = z.output<typeof pauseRequestSchema>;

/** Why somebody asks for something. */
export const givenReasonSchema = z.string().min(1).max(500).optional().describe('Why; the audit trail keeps it.');

export const resumeRequestSchema = z.strictObject({ reason: givenReasonSchema }).meta({ id: 'ResumeRequest' });
export type ResumeRequest = z.output<typeof resumeRequestSchema>;

export const runRequestSchema = z
  .strictObject({
    parameters: parametersSchema.optional().describe('In place of the parameters of the task, for this run.'),
    reason: givenReasonSchema,
  })
  .meta({ id: 'RunRequest' });
export type RunRequest = z.output<typeof runRequestSchema>;

/** How many tasks one request creates. */
export const MOST_IN_BATCH = 1000;

/** The tasks are checked one by one, because a wrong one does not keep the others out. */
export const batchRequestSchema = z.strictObject({ tasks: z.array(z.unknown()).min(1).max(MOST_IN_BATCH) });
export type BatchRequest = z.output<typeof batchRequestSchema>;
