import {
  type DueTasks,
  eventTypesOf,
  fitsFilter,
  fitting,
  isExcluded,
  isInPart,
  type LedgerEntry,
  type Listing,
  listingOf,
  MOST_READ,
  type Page,
  type PlacedTask,
  type QueuedTasks,
  queueOf,
  shardOf,
  sizeOfTask,
  sortedTasks,
  type Standing,
  storedNeedOf,
  type Task,
  type TaskFilter,
  type TaskSorting,
  type TaskState,
  TaskStore,
  type TaskVersion,
  type Telling,
  versionOf,
  wakeAt,
} from 'scheduled-task-runner/store';
import { putTellings } from './outbox.store.js';
import { countByState } from './count-by-state.js';
import { byOrganization, copyOf, descending, hasTurn, type ShelfData } from './data.js';

/** Keeps the tasks in memory. */
export class ShelfTaskStore extends TaskStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async insert(tasks: readonly Task[], tellings?: readonly Telling[]): Promise<Set<string>> {
    const known = new Set(tasks.filter(({ id }) => this.data.tasks.has(id)).map(({ id }) => id));
    const fresh = new Set(tasks.filter(({ id }) => !known.has(id)).map(({ id }) => id));
    for (const task of tasks) if (!this.data.tasks.has(task.id)) this.data.tasks.set(task.id, copyOf(task));
    putTellings(this.data, tellings, (id) => fresh.has(id));
    return known;
  }

  async get(organization: string, id: string): Promise<Task | null> {
    const task = this.data.tasks.get(id);
    return task?.organization === organization ? copyOf(task) : null;
  }

  async count(organization: string, atMost: number): Promise<number> {
    return Math.min(atMost, this.where((task) => task.organization === organization).length);
  }

  async list(organization: string, filter: TaskFilter, { after, limit }: Page): Promise<Listing<Task>> {
    const shown = this.where(
      (task) =>
        task.organization === organization && fitsFilter(task, filter) && (after === undefined || task.id < after),
    );
    const most = Math.min(limit, fitting(shown.sort(descending).map(sizeOfTask)));
    return listingOf(shown, most, ({ id }) => id);
  }

  async sorted(
    organization: string,
    sorting: TaskSorting,
    filter: TaskFilter,
    page: Page,
  ): Promise<Listing<PlacedTask>> {
    const all = this.where((task) => task.organization === organization);
    return sortedTasks(all, sorting, filter, page);
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
    if (isSame) this.data.tasks.set(task.id, copyOf(task));
    if (isSame && ledger.length > 0) this.data.tell(task.id, ledger);
    putTellings(this.data, tellings, () => isSame);
    return isSame;
  }

  async remove(organization: string, id: string, generation: number, tellings?: readonly Telling[]): Promise<boolean> {
    const isRemoved = this.stands(organization, id, generation) && this.data.tasks.delete(id);
    putTellings(this.data, tellings, () => isRemoved);
    return isRemoved;
  }

  async forEvent(organization: string, eventType: string, after = '', bytes?: number): Promise<Listing<Task>> {
    const waits = (task: Task) => task.state !== 'completed' && eventTypesOf(task).includes(eventType);
    const found = this.where((task) => task.organization === organization && task.id > after && waits(task));
    found.sort((a, b) => (a.id < b.id ? -1 : 1));
    const items = found.slice(0, Math.min(MOST_READ, fitting(found.map(sizeOfTask), bytes)));
    return { items, next: items.length < found.length ? items.at(-1)!.id : null };
  }

  /** Nothing asks for them where there are no shapes. */
  async versionsForEvent(
    organization: string,
    eventType: string,
    after: string | undefined,
  ): Promise<Listing<TaskVersion>> {
    const waits = (task: Task) => task.state !== 'completed' && eventTypesOf(task).includes(eventType);
    const found = this.where((task) => task.organization === organization && task.id > (after ?? '') && waits(task));
    return listingOf(
      found.map(versionOf).sort((a, b) => (a.id < b.id ? -1 : 1)),
      MOST_READ,
      ({ id }) => id,
    );
  }

  /** This store has no index of what events look like: each event is compared with all tasks that wait for its type. */
  async eventShapes(): Promise<string[]> {
    return [];
  }

  async idsForEvent(
    organization: string,
    eventType: string,
    after: string | undefined,
    limit: number,
  ): Promise<string[]> {
    const waits = (task: Task) => task.state !== 'completed' && eventTypesOf(task).includes(eventType);
    const found = this.where((task) => task.organization === organization && task.id > (after ?? '') && waits(task));
    return found
      .map(({ id }) => id)
      .sort()
      .slice(0, limit);
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
    return [...counts.values()];
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
    return sorted.slice(0, fitting(sorted.map(sizeOfTask)));
  }

  async byIds(ids: readonly string[]): Promise<Task[]> {
    const wanted = new Set(ids);
    return this.where(({ id }) => wanted.has(id));
  }

  async completedAmong(ids: readonly string[]): Promise<Map<string, number>> {
    const completed = (await this.byIds(ids)).filter(({ state }) => state === 'completed');
    return new Map(completed.map(({ id, generation }) => [id, generation]));
  }

  async existingAmong(ids: readonly string[]): Promise<Set<string>> {
    return new Set((await this.byIds(ids)).map(({ id }) => id));
  }

  async countByState(limit: number): Promise<Record<TaskState, number>> {
    return countByState([...this.data.tasks.values()], [...this.data.unfinished.values()], limit);
  }

  private stands(organization: string, id: string, generation: number): boolean {
    const task = this.data.tasks.get(id);
    return task?.organization === organization && task.generation === generation;
  }

  private where(accepts: (task: Task) => boolean): Task[] {
    return [...this.data.tasks.values()].filter(accepts).map(copyOf);
  }
}
