import { toIso, toIsoOrNull } from '../../domain/instants.js';
import type { Attention } from '../../overview/attention.js';
import { ATTENTION_KINDS, SEVERITIES } from '../../overview/attention-item.js';
import type { FailureClasses } from '../../overview/failure-classes.js';
import type { UpcomingPage } from '../../overview/upcoming.js';
import { localReading } from '../../triggers/local-reading.js';
import { Zone } from '../../triggers/zone.js';
import { zoneOf } from '../triggers/task-zone.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant } from '../http/expose.js';

/** A task with failures of a class. */
export class FailedTaskResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ description: 'Its name; empty if it is deleted, or was not looked up.' })
  name!: string;

  @Shown({ type: 'integer', minimum: 1 })
  count!: number;
}

/** One of the failures of a class. */
export class FailedRunResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ format: 'uuid' })
  taskId!: string;

  @Shown({ description: 'The name of its task; empty if it is deleted, or was not looked up.' })
  name!: string;

  @ShownInstant({ description: 'The nominal time.' })
  scheduledFor!: string;

  @Shown({ description: 'Whether a later success of the task, or of its retry, has mended it.' })
  mended!: boolean;
}

/** Failures that say the same, but for numbers and ids. */
export class FailureClassResponse {
  @Shown({ description: 'The same for all failures of the class.' })
  fingerprint!: string;

  @Shown({ description: 'The code of the last attempt’s error; the state of the run where there is none.' })
  code!: string;

  @Shown({ description: 'The beginning of the newest message.' })
  message!: string;

  @Shown({ type: 'integer', required: false, description: 'The HTTP status of the newest answer.' })
  status?: number;

  @Shown({ type: 'integer', minimum: 1 })
  count!: number;

  @Shown({ type: 'integer', description: 'Those that no later success of the task, or of their retry, has mended.' })
  unmended!: number;

  @Shown({ type: [FailedTaskResponse], description: 'The ten tasks with the most of them.' })
  tasks!: FailedTaskResponse[];

  @Shown({ type: 'integer', description: 'How many more tasks there are.' })
  moreTasks!: number;

  @ShownInstant({ description: 'The first nominal time.' })
  firstAt!: string;

  @ShownInstant({ description: 'The last nominal time.' })
  lastAt!: string;

  @Shown({ type: [String], description: 'The newest runs, five at most.' })
  sample!: string[];

  @Shown({ type: [FailedRunResponse], description: 'The same runs, with their tasks and times.' })
  examples!: FailedRunResponse[];

  @Shown({ type: [String], description: 'The newest runs that are not mended, 50 at most.' })
  unmendedRuns!: string[];
}

/** The classes of failures, the most frequent first. */
export class FailureClassesResponse {
  @Shown({ type: [FailureClassResponse] })
  items!: FailureClassResponse[];

  @Shown({ type: 'integer', description: 'How many failures were looked at, the newest first; 1,000 at most.' })
  looked!: number;

  @Shown({ description: 'Whether there are more failures or classes.' })
  truncated!: boolean;
}

/** A coming start. */
export class UpcomingStartResponse {
  @Shown({ format: 'uuid' })
  taskId!: string;

  @Shown()
  name!: string;

  @ShownInstant({ description: 'The nominal time.' })
  scheduledFor!: string;

  @ShownInstant({ description: 'When it starts, after calendars and spread.' })
  dueAt!: string;

  @Shown({ example: '2027-01-31T10:00:00+01:00', description: 'The nominal time on the clocks of the zone.' })
  local!: string;

  @Shown({ description: 'The zone of the task’s first trigger that has one.' })
  zone!: string;

  @Shown({ required: false, description: 'Whether a clock change moved it.' })
  shifted?: boolean;

  @Shown({ required: false, enum: ['first', 'second'], description: 'Which pass, where the clocks show it twice.' })
  repeated?: 'first' | 'second';

  @Shown({ required: false, description: 'The calendar that moved its start.' })
  calendar?: string;
}

/** The coming starts, soonest first. */
export class UpcomingPageResponse {
  @Shown({ type: [UpcomingStartResponse] })
  items!: UpcomingStartResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;

  @Shown({ description: 'Whether there are more tasks or starts than one page looks at.' })
  truncated!: boolean;
}

/** Something that somebody should look at. */
export class AttentionItemResponse {
  @Shown({ enum: ATTENTION_KINDS })
  kind!: string;

  @Shown({ enum: SEVERITIES })
  severity!: string;

  @Shown({ required: false, format: 'uuid' })
  taskId?: string;

  @Shown({ required: false })
  name?: string;

  @ShownInstant({ nullable: true })
  since!: string | null;

  @Shown({ example: 'The last 3 runs failed or timed out.' })
  sentence!: string;

  @Shown({ type: 'integer' })
  count!: number;
}

/** What needs attention, the most urgent first; nothing where all is well. */
export class AttentionResponse {
  @ShownInstant({ description: 'When it was looked up.' })
  at!: string;

  @Shown({ type: [AttentionItemResponse] })
  items!: AttentionItemResponse[];

  @Shown({ description: 'Whether there is more than was looked at.' })
  truncated!: boolean;
}

export const toFailureClassesResponse = ({ items, ...rest }: FailureClasses): FailureClassesResponse =>
  respond(FailureClassesResponse, {
    ...rest,
    items: items.map(({ examples, ...item }) => ({
      ...item,
      firstAt: toIso(item.firstAt),
      lastAt: toIso(item.lastAt),
      sample: examples.map(({ id }) => id),
      examples: examples.map((each) => ({ ...each, scheduledFor: toIso(each.scheduledFor) })),
    })),
  });

export const toUpcomingPage = ({ items, truncated }: UpcomingPage, nextCursor: string | null): UpcomingPageResponse =>
  respond(UpcomingPageResponse, {
    items: items.map(({ task, planned: { at, shifted, calendar }, dueAt }) => {
      const zone = zoneOf(task.definition.triggers);
      return {
        ...{ taskId: task.id, name: task.definition.name, scheduledFor: toIso(at), dueAt: toIso(dueAt) },
        ...{ zone, ...localReading(Zone.of(zone), at) },
        ...(shifted === true && { shifted }),
        ...(calendar !== undefined && { calendar }),
      };
    }),
    ...{ nextCursor, truncated },
  });

export const toAttentionResponse = ({ at, items, truncated }: Attention): AttentionResponse =>
  respond(AttentionResponse, {
    at: toIso(at),
    items: items.map((item) => ({ ...item, since: toIsoOrNull(item.since) })),
    truncated,
  });
