import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { chunksOf } from '../../domain/chunks.js';
import { NotFoundError, OverloadedError } from '../../domain/errors.js';
import { demandFuture, type Pause } from '../../domain/pause.js';
import type { Task } from '../../domain/task.js';
import { messageOf } from '../../domain/thrown.js';
import type { TaskFilter } from '../ports/task.reads.js';
import { TasksService } from './tasks.service.js';

/** How many tasks one request may change. */
export const MOST_CHANGED = 1000;
/** How many parts of the list one request reads, each of which looks at a bounded number of tasks. */
const MOST_PARTS = 200;
/** How many tasks are read, and changed, at once. */
const AT_ONCE = 10;
const LONGEST_DETAIL = 500;

/** Which tasks are meant; without a member, all tasks. */
export type TaskSelection = Omit<TaskFilter, 'state'>;

/** Which paused tasks are meant; with a reason, those that were paused for it. */
export type PausedSelection = TaskSelection & { reason?: string | undefined };

/** How much of it is done. */
export interface BulkOptions {
  /** How many tasks at most, up to 1,000. */
  limit: number;
  /** Goes on behind this task: the `next` of the request before. */
  after?: string | undefined;
  /** Tells which tasks would change, and changes nothing. */
  dryRun: boolean;
}

/** What became of the tasks that were meant. */
export interface Bulk {
  /** The tasks that changed, or would, newest first. */
  tasks: string[];
  /** Those that did not, each with a sentence. */
  failed: { id: string; detail: string }[];
  /** Where to go on; null when there are no more such tasks. */
  next: string | null;
}

/**
 * Changes many tasks of an organization at once. A task that cannot be changed holds up no other one. An organization has
 * one such request under way on an instance, so that many of them do not become a flood of writes.
 */
@Injectable()
export class BulkChanges {
  private readonly underWay = new Set<string>();

  constructor(
    private readonly tasks: TasksService,
    private readonly clock: Clock,
  ) {}

  /** Pauses the active tasks that the filter means, until they are resumed or `until` (epoch ms). @throws InvalidInputError, OverloadedError */
  async pause(organization: string, filter: TaskSelection, pause: Pause, options: BulkOptions): Promise<Bulk> {
    demandFuture(pause, this.clock.now());
    return this.each(organization, { ...filter, state: 'active' }, options, (id) =>
      this.tasks.pause(organization, id, pause),
    );
  }

  /** Resumes the paused tasks that the filter means. @throws OverloadedError */
  resume(organization: string, filter: PausedSelection, options: BulkOptions): Promise<Bulk> {
    return this.each(organization, { ...filter, state: 'paused' }, options, (id) =>
      this.tasks.resume(organization, id),
    );
  }

  private async each(
    organization: string,
    filter: PausedSelection & TaskFilter,
    options: BulkOptions,
    change: (id: string) => Promise<Task>,
  ): Promise<Bulk> {
    if (this.underWay.has(organization))
      throw new OverloadedError('Many tasks of the organization are being changed already; try again in a moment.');
    this.underWay.add(organization);
    try {
      const { ids, next } = await this.meant(organization, filter, options);
      return options.dryRun ? { tasks: ids, failed: [], next } : { ...(await changeAll(ids, change)), next };
    } finally {
      this.underWay.delete(organization);
    }
  }

  private async meant(
    organization: string,
    { reason, ...filter }: PausedSelection & TaskFilter,
    { limit, after }: BulkOptions,
  ): Promise<{ ids: string[]; next: string | null }> {
    const ids: string[] = [];
    let place: string | null | undefined = after;
    for (let parts = 0; place !== null && parts < MOST_PARTS && ids.length < limit; parts++) {
      const part = { after: place, limit: Math.min(AT_ONCE, limit - ids.length) };
      const { items, next } = await this.tasks.list(organization, filter, part);
      const meant = items.filter(({ pausedReason }) => reason === undefined || pausedReason === reason);
      ids.push(...meant.map(({ id }) => id));
      place = next;
    }
    return { ids, next: place ?? null };
  }
}

async function changeAll(ids: readonly string[], change: (id: string) => Promise<Task>): Promise<Omit<Bulk, 'next'>> {
  const bulk = { tasks: [], failed: [] };
  for (const part of chunksOf(ids, AT_ONCE)) {
    const changed = await Promise.allSettled(part.map((id) => change(id)));
    for (const [index, outcome] of changed.entries()) note(bulk, part[index]!, outcome);
  }
  return bulk;
}

/** A task that was deleted meanwhile needs no change any more. */
function note({ tasks, failed }: Omit<Bulk, 'next'>, id: string, outcome: PromiseSettledResult<Task>): void {
  if (outcome.status === 'fulfilled') tasks.push(id);
  else if (!(outcome.reason instanceof NotFoundError))
    failed.push({ id, detail: messageOf(outcome.reason, LONGEST_DETAIL) });
}
