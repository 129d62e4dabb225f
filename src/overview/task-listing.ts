import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { groupsBy } from '../domain/groups.js';
import { ID } from '../domain/ids.js';
import { EARLIEST, LATEST } from '../domain/instants.js';
import { listingOf, type Listing } from '../domain/listing.js';
import type { Task } from '../domain/task.js';
import { fitsFilter } from '../scheduling/ports/task-filter.js';
import { RunReads, type RunOutline } from '../scheduling/ports/run.reads.js';
import { TaskReads, type Page, type TaskFilter, type TaskSorting } from '../scheduling/ports/task.reads.js';
import { ShownTasks } from '../scheduling/tasks/shown-tasks.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { healthOf, TELLING_RUNS, type Health } from './task-health.js';

/** Where what is wanted is told by no index: how many tasks, each as large as may be, are read at once, and looked at by one read of the list. */
const AT_ONCE = 20;
const MOST_LOOKED = 400;

/** Which tasks a list has, and in which order; newest first unless it is sorted. */
export interface TaskQuery extends TaskFilter {
  health?: readonly Health[] | undefined;
  triggerTypes?: readonly string[] | undefined;
  actions?: readonly string[] | undefined;
  /** These tasks only. */
  ids?: readonly string[] | undefined;
  sorting?: TaskSorting | undefined;
}

/** A task of a list, how it does, and its place in the list. */
export interface ListedTask {
  task: Task;
  health: Health;
  lastRun: RunOutline | null;
  place: string;
}

interface Placed {
  task: Task;
  place: string;
}

/** Lists tasks for people, with how they do. */
@Injectable()
export class TaskListing {
  constructor(
    private readonly shown: ShownTasks,
    private readonly tasks: TaskReads,
    private readonly runs: RunReads,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'overdueAfterMs'>,
  ) {}

  /** One read of the list, which looks at a bounded number of tasks. @throws InvalidInputError where `after` is no place */
  async read(organization: string, query: TaskQuery, { after, limit }: Page): Promise<Listing<ListedTask>> {
    const { health, triggerTypes, actions } = query;
    const isSifted = health !== undefined || triggerTypes !== undefined || actions !== undefined;
    const items: ListedTask[] = [];
    let place: string | null | undefined = after;
    for (let looked = 0; place !== null && items.length < limit && looked < MOST_LOOKED; looked += AT_ONCE) {
      const part = await this.placed(organization, query, { after: place, limit: isSifted ? AT_ONCE : limit });
      const wanted = part.items.filter(({ task }) => isWanted(task, query));
      const told = (await this.told(organization, wanted)).filter((each) => health?.includes(each.health) ?? true);
      const room = limit - items.length;
      items.push(...told.slice(0, room));
      if (told.length > room) return { items, next: items.at(-1)!.place };
      place = part.next;
      if (!isSifted) break;
    }
    return { items, next: place ?? null };
  }

  private async placed(organization: string, query: TaskQuery, page: Page): Promise<Listing<Placed>> {
    if (query.ids) return this.these(organization, query.ids, query, page);
    if (query.sorting) return this.shown.sorted(organization, query.sorting, query, page);
    const { items, next } = await this.shown.list(organization, query, page);
    return { items: items.map((task) => ({ task, place: task.id })), next };
  }

  private async these(
    organization: string,
    ids: readonly string[],
    filter: TaskFilter,
    { after, limit }: Page,
  ): Promise<Listing<Placed>> {
    const left = [...new Set(ids)]
      .filter((id) => ID.test(id))
      .sort()
      .toReversed();
    const ahead = left.filter((id) => after === undefined || id < after).slice(0, limit + 1);
    if (ahead.length === 0) return { items: [], next: null };
    const found = (await this.tasks.byIds(ahead.slice(0, limit))).filter((task) => task.organization === organization);
    const tasks = (await this.shown.asOf(found)).filter((task) => fitsFilter(task, filter));
    const { next } = listingOf(ahead, limit, (id) => id);
    return { items: tasks.sort((a, b) => (a.id < b.id ? 1 : -1)).map((task) => ({ task, place: task.id })), next };
  }

  private async told(organization: string, placed: readonly Placed[]): Promise<ListedTask[]> {
    if (placed.length === 0) return [];
    const range = { from: EARLIEST, before: LATEST, limit: TELLING_RUNS };
    const ids = placed.map(({ task }) => task.id);
    const runs = groupsBy(await this.runs.outlines(organization, ids, range), ({ taskId }) => taskId);
    const overdueBefore = this.clock.now() - this.settings.overdueAfterMs;
    return placed.map(({ task, place }) => {
      const own = runs.get(task.id) ?? [];
      const lastRun = own.find(({ finishedAt }) => finishedAt !== null) ?? null;
      return { task, health: healthOf(task, own, overdueBefore), lastRun, place };
    });
  }
}

const isWanted = ({ definition }: Task, { triggerTypes, actions }: TaskQuery): boolean =>
  (triggerTypes === undefined || definition.triggers.some(({ type }) => triggerTypes.includes(type))) &&
  (actions === undefined || actions.includes(definition.action.type));
