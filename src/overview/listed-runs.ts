import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { chunksOf } from '../domain/chunks.js';
import { ID, timeOfId } from '../domain/ids.js';
import { mergedById, type Listing } from '../domain/listing.js';
import { FAILED_STATES, hasFailed, type Run, type RunState, type RunTrigger } from '../domain/run.js';
import { EventReads } from '../events/event.store.js';
import { RunReads, type RunFilter } from '../scheduling/ports/run.reads.js';
import { TaskReads, type Page } from '../scheduling/ports/task.reads.js';
import { MendedFailures } from './mended.js';
import { newestTasks } from './newest-tasks.js';

/** Up to how many tasks with a tag their runs are found by; of more, each run is asked for its task. */
const MOST_TAGGED = 400;
const AT_ONCE = 32;
/** How many parts of a list one part is made of, where not every run of it is shown, and how long (ms) before its last read begins. */
const MOST_PARTS = 4;
const MOST_MS = 15;

/** Which runs a list shows, beyond what a store tells apart. */
export interface RunQuery extends Omit<RunFilter, 'taskIds' | 'state'> {
  /** In any of these states. */
  states?: readonly RunState[] | undefined;
  /** Of tasks that have all of these tags. */
  tags?: readonly string[] | undefined;
  /** Only failures that no later success has mended. */
  unmended?: boolean | undefined;
}

interface TaskHead {
  name: string;
  tags: readonly string[];
}

/** A list of runs, read part by part for one request; it knows the tasks of what it has brought. */
export class RunListing {
  private readonly tasks = new Map<string, TaskHead | null>();
  private readonly until: number;

  constructor(
    private readonly organization: string,
    private readonly query: RunQuery,
    private readonly filters: readonly RunFilter[],
    private readonly from: { runs: RunReads; tasks: TaskReads; mended: MendedFailures },
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {
    this.until = clock.monotonic() + MOST_MS;
  }

  /** The name of a run's task; none where that was deleted. */
  nameOf(taskId: string): string | undefined {
    return this.tasks.get(taskId)?.name;
  }

  async read(page: Page): Promise<Listing<Run>> {
    const { tags, unmended = false } = this.query;
    if (tags === undefined && !unmended) return this.known(await this.part(page));
    const items: Run[] = [];
    let place: string | null | undefined = page.after;
    for (let parts = 0; parts < MOST_PARTS && place !== null && items.length < page.limit; parts++) {
      if (parts > 0 && this.clock.monotonic() >= this.until) break;
      const part = await this.known(await this.part({ after: place, limit: AT_ONCE }));
      items.push(...(await this.shown(part.items)));
      place = part.next;
    }
    if (items.length <= page.limit) return { items, next: place ?? null };
    return { items: items.slice(0, page.limit), next: items[page.limit - 1]!.id };
  }

  private async part(page: Page): Promise<Listing<Run>> {
    const lists = this.filters.map((filter) => this.from.runs.list(this.organization, filter, page));
    return mergedById(await Promise.all(lists), page.limit, this.query.oldestFirst);
  }

  /** Looks the tasks up that are not known yet. */
  private async known(part: Listing<Run>): Promise<Listing<Run>> {
    const unknown = [...new Set(part.items.map(({ taskId }) => taskId))].filter((id) => !this.tasks.has(id));
    for (const ids of chunksOf(unknown, AT_ONCE)) {
      for (const id of ids) this.tasks.set(id, null);
      for (const { id, organization, definition } of await this.from.tasks.byIds(ids)) {
        if (organization === this.organization) this.tasks.set(id, { name: definition.name, tags: definition.tags });
      }
    }
    return part;
  }

  private async shown(runs: readonly Run[]): Promise<Run[]> {
    const { tags = [], unmended = false } = this.query;
    const has = ({ taskId }: Run, tag: string) => this.tasks.get(taskId)?.tags.includes(tag) === true;
    const tagged = runs.filter((run) => tags.every((tag) => has(run, tag)));
    if (!unmended) return tagged;
    const failed = tagged.filter(hasFailed);
    const mended = await this.from.mended.among(this.organization, failed);
    return failed.filter(({ id }) => !mended.has(id));
  }
}

/** Lists runs by everything that people look for. */
@Injectable()
export class ListedRuns {
  constructor(
    private readonly runs: RunReads,
    private readonly tasks: TaskReads,
    private readonly events: EventReads,
    private readonly mended: MendedFailures,
    private readonly clock: Clock,
  ) {}

  /** Finds out along which lists of the store it is read. */
  async of(organization: string, query: RunQuery): Promise<RunListing> {
    const filters = await this.filtersOf(organization, query);
    const from = { runs: this.runs, tasks: this.tasks, mended: this.mended };
    return new RunListing(organization, query, filters, from, this.clock);
  }

  /** The name of a run's task; none where that was deleted. */
  async nameOf({ organization, taskId }: Run): Promise<string | undefined> {
    return (await this.tasks.get(organization, taskId))?.definition.name;
  }

  /** The lists of the store that together have what is meant: an index serves one state and one trigger at a time. */
  private async filtersOf(organization: string, query: RunQuery): Promise<RunFilter[]> {
    const { states, tags, unmended = false, ...asked } = query;
    const filter = {
      ...asked,
      ...(await this.taggedBy(organization, tags)),
      ...(await this.fromOf(organization, asked)),
    };
    const meant = unmended ? FAILED_STATES.filter((each) => states?.includes(each) ?? true) : [...new Set(states)];
    const each = meant.length === 0 && states === undefined && !unmended ? [undefined] : meant;
    return each.flatMap((state) => triggersOf(query).map((trigger) => ({ ...filter, state, trigger })));
  }

  /** The tasks with the first of the tags, where they are few enough. */
  private async taggedBy(organization: string, tags: RunQuery['tags']): Promise<Pick<RunFilter, 'taskIds'>> {
    const [tag] = tags ?? [];
    if (tag === undefined) return {};
    const ids: string[] = [];
    for await (const { items, next } of newestTasks(this.tasks, organization, MOST_TAGGED, { tag })) {
      ids.push(...items.map(({ id }) => id));
      if (next === null) return { taskIds: ids };
    }
    return {};
  }

  /** Runs of an event are not planned before it came, and those that drive a run again are planned as that was. */
  private async fromOf(organization: string, query: RunFilter): Promise<Pick<RunFilter, 'from' | 'to'>> {
    const { eventId, retryOf, from, to, by = 'scheduledFor' } = query;
    if (from !== undefined || to !== undefined || by !== 'scheduledFor') return {};
    const planned = retryOf !== undefined && ID.test(retryOf) ? timeOfId(retryOf) : 0;
    if (planned > 0) return { from: planned, to: planned + 1 };
    const event = eventId === undefined ? null : await this.events.get(organization, eventId);
    return event ? { from: event.receivedAt } : {};
  }
}

/** Only runs of these kinds carry an event, or drive another one again. */
function triggersOf({ trigger, eventId, retryOf }: RunQuery): (RunTrigger | undefined)[] {
  if (trigger !== undefined) return [trigger];
  if (retryOf !== undefined) return ['retry'];
  return eventId === undefined ? [undefined] : ['event', 'retry'];
}
