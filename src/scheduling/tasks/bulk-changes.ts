import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { chunksOf } from '../../domain/chunks.js';
import { NotFoundError, OverloadedError } from '../../domain/errors.js';
import { demandFuture, type Pause } from '../../domain/pause.js';
import { listingOf } from '../../domain/listing.js';
import type { TaskState } from '../../domain/task.js';
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
export type TaskSelection = Omit<TaskFilter, 'state'> & { ids?: readonly string[] | undefined };

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

  /** Deletes the tasks that the filter means. @throws OverloadedError */
  remove(organization: string, filter: TaskSelection & TaskFilter, options: BulkOptions): Promise<Bulk> {
    return this.each(organization, filter, options, (id) => this.tasks.remove(organization, id));
  }

  private async each(
    organization: string,
    filter: PausedSelection & TaskFilter,
    options: BulkOptions,
    change: (id: string) => Promise<unknown>,
  ): Promise<Bulk> {
    if (this.underWay.has(organization))
      throw new OverloadedError('Many tasks of the organization are being changed already; try again in a moment.');
    this.underWay.add(organization);
    try {
      const { ids, unmeant, next } = await this.meant(organization, filter, options);
      if (options.dryRun) return { tasks: ids, failed: unmeant, next };
      const { tasks, failed } = await changeAll(ids, change);
      return { tasks, failed: [...unmeant, ...failed], next };
    } finally {
      this.underWay.delete(organization);
    }
  }

  private async meant(
    organization: string,
    { reason, ids: asked, ...filter }: PausedSelection & TaskFilter,
    { limit, after }: BulkOptions,
  ): Promise<Meant> {
    if (asked) return this.among(organization, asked, filter, { limit, after });
    const ids: string[] = [];
    let place: string | null | undefined = after;
    for (let parts = 0; place !== null && parts < MOST_PARTS && ids.length < limit; parts++) {
      const part = { after: place, limit: Math.min(AT_ONCE, limit - ids.length) };
      const { items, next } = await this.tasks.list(organization, filter, part);
      const meant = items.filter(({ pausedReason }) => reason === undefined || pausedReason === reason);
      ids.push(...meant.map(({ id }) => id));
      place = next;
    }
    return { ids, unmeant: [], next: place ?? null };
  }

  /** Of the tasks with these ids, newest first, those in the state that is meant. */
  private async among(
    organization: string,
    asked: readonly string[],
    { state }: TaskFilter,
    { limit, after }: Pick<BulkOptions, 'limit' | 'after'>,
  ): Promise<Meant> {
    const left = [...new Set(asked)].sort().toReversed();
    const { items, next } = listingOf(left.filter((id) => after === undefined || id < after), limit, (id) => id); // prettier-ignore
    const meant: Meant = { ids: [], unmeant: [], next };
    for (const part of chunksOf(items, AT_ONCE)) {
      const found = await Promise.all(part.map((id) => this.stateOf(organization, id)));
      for (const [index, id] of part.entries()) {
        const detail = unmeantBecause(found[index]!, state);
        if (detail === null) meant.ids.push(id);
        else meant.unmeant.push({ id, detail });
      }
    }
    return meant;
  }

  private async stateOf(organization: string, id: string): Promise<TaskState | null> {
    try {
      return (await this.tasks.get(organization, id)).state;
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
  }
}

/** The tasks that are to change, and those that were named and are not. */
interface Meant {
  ids: string[];
  unmeant: Bulk['failed'];
  next: string | null;
}

function unmeantBecause(state: TaskState | null, wanted: TaskState | undefined): string | null {
  if (state === null) return 'there is no such task';
  return wanted === undefined || state === wanted ? null : `is ${state}, not ${wanted}`;
}

async function changeAll(
  ids: readonly string[],
  change: (id: string) => Promise<unknown>,
): Promise<Omit<Bulk, 'next'>> {
  const bulk = { tasks: [], failed: [] };
  for (const part of chunksOf(ids, AT_ONCE)) {
    const changed = await Promise.allSettled(part.map((id) => change(id)));
    for (const [index, outcome] of changed.entries()) note(bulk, part[index]!, outcome);
  }
  return bulk;
}

/** A task that was deleted meanwhile needs no change any more. */
function note({ tasks, failed }: Omit<Bulk, 'next'>, id: string, outcome: PromiseSettledResult<unknown>): void {
  if (outcome.status === 'fulfilled') tasks.push(id);
  else if (!(outcome.reason instanceof NotFoundError))
    failed.push({ id, detail: messageOf(outcome.reason, LONGEST_DETAIL) });
}
