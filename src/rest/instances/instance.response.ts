import type { KnownInstance } from '../../cluster/instance-registry.js';
import { toIso } from '../../domain/instants.js';
import type { MissingWork } from '../../overdue/overdue-watch.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant } from '../http/expose.js';

/** One process of the runner. */
export class InstanceResponse {
  @Shown({ format: 'uuid', description: 'A random id, new at each start of the process.' })
  id!: string;

  @Shown({ example: '0.1.0' })
  version!: string;

  @ShownInstant()
  startedAt!: string;

  @ShownInstant({ description: 'The time of its last heartbeat.' })
  heartbeatAt!: string;

  @Shown({ type: 'integer', description: 'How many runs it had under way at that time.' })
  running!: number;

  @Shown({ type: 'integer', description: 'How many slots it has.' })
  concurrency!: number;

  @Shown({ description: 'Whether it runs tasks; one that does not takes them in and serves the API.' })
  works!: boolean;

  @Shown({ type: [String], nullable: true, description: 'The queues whose tasks it runs; null for all queues.' })
  queues!: readonly string[] | null;

  @Shown({
    type: [String],
    nullable: true,
    description: 'The types of action that it runs; null if it does not tell, which is true of older versions.',
  })
  actions!: readonly string[] | null;

  @Shown({ type: [String], nullable: true, description: 'Its task handlers; null if it does not tell.' })
  handlers!: readonly string[] | null;

  @Shown({
    type: 'integer',
    description: 'How many of the 256 shards belong to it, among the instances that run tasks.',
  })
  shards!: number;

  @Shown({ description: 'Whether it had no free slot at that time; other instances then start what it cannot.' })
  saturated!: boolean;

  @Shown({ description: 'Whether it is stopping: it finishes its runs, and leaves its tasks to the others.' })
  leaving!: boolean;

  @Shown({
    type: 'integer',
    description:
      'The version of the settings of the installation by which it worked at that time; 0 while there are none.',
  })
  settingsVersion!: number;

  @Shown({
    type: 'integer',
    nullable: true,
    example: 3,
    description:
      'The longest that its event loop was held up between its last two heartbeats, in milliseconds; null if it does not tell, which is true of older versions.',
  })
  eventLoopLagMs!: number | null;

  @Shown({
    type: 'integer',
    nullable: true,
    example: 0,
    description:
      'By how much the clock of the store was ahead of its own when it last asked, in milliseconds; null where they are one, as with SQLite, or if it does not tell.',
  })
  clockOffsetMs!: number | null;

  @Shown({
    type: 'integer',
    nullable: true,
    example: 121634816,
    description: 'The memory that its process had at its last heartbeat, in bytes; null if it does not tell.',
  })
  rssBytes!: number | null;

  @Shown({ description: 'Whether its lock is held. A dead instance is shown for a minute or two.' })
  alive!: boolean;
}

/** Shows an instance. */
export const toInstanceResponse = (instance: KnownInstance): InstanceResponse =>
  respond(InstanceResponse, {
    ...instance,
    works: instance.work?.works ?? true,
    queues: instance.work?.queues ?? null,
    actions: instance.work?.actions ?? null,
    handlers: instance.work?.handlers ?? null,
    settingsVersion: instance.settingsVersion ?? 0,
    eventLoopLagMs: instance.vitals?.eventLoopLagMs ?? null,
    clockOffsetMs: instance.vitals?.clockOffsetMs ?? null,
    rssBytes: instance.vitals?.rssBytes ?? null,
    startedAt: toIso(instance.startedAt),
    heartbeatAt: toIso(instance.heartbeatAt),
  });

/** What tasks of the organization wait for, and no live instance has. */
export class MissingWorkResponse {
  @Shown({ enum: ['work', 'queue', 'handler', 'action', 'trigger-type', 'paused-queue'] })
  kind!: string;

  @Shown({ description: 'The name of the queue, handler, action or trigger type; empty if no instance runs tasks.' })
  name!: string;

  @Shown({ type: 'integer', description: 'How many overdue tasks wait for it.' })
  tasks!: number;

  @ShownInstant({ description: 'Since when the first of them waits.' })
  since!: string;
}

/** Shows what is missing. */
export const toMissingWorkResponse = ({ kind, name, tasks, since }: MissingWork): MissingWorkResponse =>
  respond(MissingWorkResponse, { kind, name, tasks, since: toIso(since) });

/** A page of instances, newest first. */
export class InstancePage {
  @Shown({
    type: [MissingWorkResponse],
    description:
      "What overdue tasks of the caller's organization need and no live instance has, by the last search for overdue tasks.",
  })
  missing!: MissingWorkResponse[];

  @Shown({ type: [InstanceResponse] })
  items!: InstanceResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}
