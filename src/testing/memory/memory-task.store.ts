import type { QueuedTasks } from '../../domain/queue-counts.js';
import { sizeOfTask } from '../../domain/held-size.js';
import { sortedTasks } from '../../scheduling/ports/sorted-tasks.js';
import { fitsFilter } from '../../scheduling/ports/task-filter.js';
import { fitting, MOST_READ } from '../../scheduling/ports/task-pages.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import { addShapes, anyTerm, termsOfTask } from '../../domain/event-index.js';
import { eventTypesOf, wakeAt, type Task, type TaskState } from '../../domain/task.js';
import { queueOf, storedNeedOf } from '../../domain/need.js';
import type { Telling } from '../../domain/telling.js';
import { isExcluded, isInPart } from '../../domain/part.js';
import { shardOf } from '../../domain/shards.js';
import { listingOf, type Listing } from '../../domain/listing.js';
import {
  TaskStore,
  type DueTasks,
  type Page,
  type PlacedTask,
  type Standing,
  type TaskFilter,
  type TaskSorting,
  type TaskVersion,
  versionOf,
} from '../../scheduling/ports/task.store.js';
import { putTellings } from './memory-outbox.store.js';
import { countByState } from './count-by-state.js';
import { byOrganization, copyOf, descending, hasTurn, type MemoryData } from './memory-data.js';

/** Keeps the tasks in memory. */
export class MemoryTaskStore extends TaskStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async insert(tasks: readonly Task[], tellings?: readonly Telling[]): Promise<Set<string>> {
    const known = new Set(tasks.filter(({ id }) => this.data.tasks.has(id)).map(({ id }) => id));
    const fresh = new Set(tasks.filter(({ id }) => !known.has(id)).map(({ id }) => id));
    for (const task of tasks) if (!this.data.tasks.has(task.id)) this.put(task);
    putTellings(this.data, tellings, (id) => fresh.has(id));
    return Promise.resolve(known);
  }

  async get(organization: string, id: string): Promise<Task | null> {
    const task = this.data.tasks.get(id);
    return Promise.resolve(task?.organization === organization ? copyOf(task) : null);
  }

  async count(organization: string, atMost: number): Promise<number> {
    return Promise.resolve(Math.min(atMost, this.where((task) => task.organization === organization).length));
  }

  async list(organization: string, filter: TaskFilter, { after, limit }: Page): Promise<Listing<Task>> {
    const shown = this.where(
      (task) =>
        task.organization === organization && fitsFilter(task, filter) && (after === undefined || task.id < after),
    );
    const most = Math.min(limit, fitting(shown.sort(descending).map(sizeOfTask)));
    return Promise.resolve(listingOf(shown, most, ({ id }) => id));
  }

  async sorted(
    organization: string,
    sorting: TaskSorting,
    filter: TaskFilter,
    page: Page,
  ): Promise<Listing<PlacedTask>> {
    const all = this.where((task) => task.organization === organization);
    return Promise.resolve(sortedTasks(all, sorting, filter, page));
  }

  async replace(
    organization: string,
    task: Task,
    read: Standing,
    ledger: readonly LedgerEntry[] = [],
    tellings?: readonly Telling[],
  ): Promise<boolean> {
    const isThere = this.data.tasks.get(task.id)?.next?.scheduledFor === read.next?.scheduledFor;
    const isSame = isThere && this.stands(organization, task.id, read.generation);
    if (isSame) this.put(task);
    if (isSame && ledger.length > 0) this.data.tell(task.id, ledger);
    putTellings(this.data, tellings, () => isSame);
    return Promise.resolve(isSame);
  }

  async remove(organization: string, id: string, generation: number, tellings?: readonly Telling[]): Promise<boolean> {
    const isRemoved = this.stands(organization, id, generation) && this.data.tasks.delete(id);
    putTellings(this.data, tellings, () => isRemoved);
    return Promise.resolve(isRemoved);
  }

  async forEvent(
    organization: string,
    eventType: string,
    after = '',
    bytes?: number,
    terms?: readonly string[],
  ): Promise<Listing<Task>> {
    const found = this.under(terms, organization, eventType, after);
    const items = found.slice(0, Math.min(MOST_READ, fitting(found.map(sizeOfTask), bytes)));
    return Promise.resolve({ items, next: items.length < found.length ? items.at(-1)!.id : null });
  }

  async versionsForEvent(
    organization: string,
    eventType: string,
    after: string | undefined,
    terms: readonly string[],
  ): Promise<Listing<TaskVersion>> {
    const found = this.under(terms, organization, eventType, after ?? '');
    return Promise.resolve(listingOf(found.map(versionOf), MOST_READ, ({ id }) => id));
  }

  async eventShapes(organization: string): Promise<string[]> {
    return Promise.resolve([...this.shapesOf(organization)]);
  }

  async idsForEvent(
    organization: string,
    eventType: string,
    after: string | undefined,
    limit: number,
  ): Promise<string[]> {
    const found = this.waiting(organization, eventType, after ?? '');
    return Promise.resolve(found.slice(0, limit).map(({ id }) => id));
  }

  async queues(organization: string, now: number, limit: number): Promise<QueuedTasks[]> {
    const waking = this.where((task) => task.organization === organization && wakeAt(task) !== null);
    const counts = new Map<string, QueuedTasks>();
    for (const task of waking.sort((a, b) => wakeAt(a)! - wakeAt(b)!).slice(0, limit)) {
      const queue = queueOf(task.definition);
      const at = wakeAt(task)!;
      const known = counts.get(queue) ?? { queue, due: 0, upcoming: 0, oldest: at };
      if (at <= now) known.due++;
      else known.upcoming++;
      counts.set(queue, known);
    }
    return Promise.resolve([...counts.values()]);
  }

  async dueBetween(range: DueTasks): Promise<Task[]> {
    const { from, after = '', before, limit, shards, parts, without = [], organization, turns } = range;
    const due = this.where((task) => {
      if (organization !== undefined && task.organization !== organization) return false;
      if (parts && !parts.some((part) => isInPart(part, storedNeedOf(task), shardOf(task.id)))) return false;
      if (isExcluded(without, task.organization, storedNeedOf(task))) return false;
      if (turns && !hasTurn(task, turns)) return false;
      const at = wakeAt(task);
      const isAsked = shards === undefined || shards.includes(shardOf(task.id));
      if (!isAsked || at === null || at < from || at >= before) return false;
      return at > from || task.id > after;
    });
    const order = (a: Task, b: Task) => wakeAt(a)! - wakeAt(b)! || (a.id < b.id ? -1 : 1);
    const sorted = due.sort(turns ? (a, b) => byOrganization(a, b) || order(a, b) : order).slice(0, limit);
    return Promise.resolve(sorted.slice(0, fitting(sorted.map(sizeOfTask))));
  }

  async byIds(ids: readonly string[]): Promise<Task[]> {
    const wanted = new Set(ids);
    return Promise.resolve(this.where(({ id }) => wanted.has(id)));
  }

  async completedAmong(ids: readonly string[]): Promise<Map<string, number>> {
    const completed = (await this.byIds(ids)).filter(({ state }) => state === 'completed');
    return new Map(completed.map(({ id, generation }) => [id, generation]));
  }

  async existingAmong(ids: readonly string[]): Promise<Set<string>> {
    return new Set((await this.byIds(ids)).map(({ id }) => id));
  }

  async countByState(limit: number): Promise<Record<TaskState, number>> {
    return Promise.resolve(countByState([...this.data.tasks.values()], [...this.data.unfinished.values()], limit));
  }

  private put(task: Task): void {
    const shapes = this.shapesOf(task.organization);
    addShapes(shapes, task);
    this.data.eventShapes.set(task.organization, shapes);
    this.data.tasks.set(task.id, copyOf(task));
  }

  private under(terms: readonly string[] | undefined, organization: string, eventType: string, after: string): Task[] {
    const asked = terms && new Set([anyTerm(eventType), ...terms]);
    const shapes = this.shapesOf(organization);
    const isFound = (task: Task) => !asked || termsOfTask(task, shapes).some((term) => asked.has(term));
    return this.waiting(organization, eventType, after).filter(isFound);
  }

  private shapesOf(organization: string): Set<string> {
    return this.data.eventShapes.get(organization) ?? new Set();
  }

  /** The tasks after `after` that wait for events of the type, by id. */
  private waiting(organization: string, eventType: string, after: string): Task[] {
    const waits = (task: Task) => task.state !== 'completed' && eventTypesOf(task).includes(eventType);
    const found = this.where((task) => task.organization === organization && task.id > after && waits(task));
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  private stands(organization: string, id: string, generation: number): boolean {
    const task = this.data.tasks.get(id);
    return task?.organization === organization && task.generation === generation;
  }

  private where(accepts: (task: Task) => boolean): Task[] {
    return [...this.data.tasks.values()].filter(accepts).map(copyOf);
  }
}
