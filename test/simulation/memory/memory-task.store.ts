import type { LedgerEntry } from '../../../src/domain/ledger.js';
import { eventTypesOf, wakeAt, type Task, type TaskState } from '../../../src/domain/task.js';
import { shardOf } from '../../../src/domain/shards.js';
import { listingOf, type Listing } from '../../../src/scheduling/listing.js';
import {
  TaskStore,
  type DueTasks,
  type Page,
  type Standing,
  type TaskFilter,
} from '../../../src/scheduling/task.store.js';
import { byOrganization, copyOf, descending, hasTurn, type MemoryData } from './memory-data.js';

/** Keeps the tasks in memory. */
export class MemoryTaskStore extends TaskStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async insert(tasks: readonly Task[]): Promise<Set<string>> {
    const known = new Set(tasks.filter(({ id }) => this.data.tasks.has(id)).map(({ id }) => id));
    for (const task of tasks) if (!this.data.tasks.has(task.id)) this.data.tasks.set(task.id, copyOf(task));
    return Promise.resolve(known);
  }

  async get(organization: string, id: string): Promise<Task | null> {
    const task = this.data.tasks.get(id);
    return Promise.resolve(task?.organization === organization ? copyOf(task) : null);
  }

  async count(organization: string, atMost: number): Promise<number> {
    return Promise.resolve(Math.min(atMost, this.where((task) => task.organization === organization).length));
  }

  async list(organization: string, { state, tag, q }: TaskFilter, { after, limit }: Page): Promise<Listing<Task>> {
    const shown = this.where(
      (task) =>
        task.organization === organization &&
        (state === undefined || task.state === state) &&
        (tag === undefined || task.definition.tags.includes(tag)) &&
        (q === undefined || task.definition.name.toLowerCase().includes(q.toLowerCase())) &&
        (after === undefined || task.id < after),
    );
    return Promise.resolve(listingOf(shown.sort(descending), limit, ({ id }) => id));
  }

  async replace(
    organization: string,
    task: Task,
    read: Standing,
    ledger: readonly LedgerEntry[] = [],
  ): Promise<boolean> {
    const isThere = this.data.tasks.get(task.id)?.next?.scheduledFor === read.next?.scheduledFor;
    const isSame = isThere && this.stands(organization, task.id, read.generation);
    if (isSame) this.data.tasks.set(task.id, copyOf(task));
    if (isSame && ledger.length > 0) this.data.tell(task.id, ledger);
    return Promise.resolve(isSame);
  }

  async remove(organization: string, id: string, generation: number): Promise<boolean> {
    return Promise.resolve(this.stands(organization, id, generation) && this.data.tasks.delete(id));
  }

  async forEvent(organization: string, eventType: string): Promise<Task[]> {
    const waits = (task: Task) => task.state === 'active' && eventTypesOf(task).includes(eventType);
    return Promise.resolve(this.where((task) => task.organization === organization && waits(task)));
  }

  async dueBetween({ from, after = '', before, limit, shards, organization, turns }: DueTasks): Promise<Task[]> {
    const due = this.where((task) => {
      if (organization !== undefined && task.organization !== organization) return false;
      if (turns && !hasTurn(task, turns)) return false;
      const at = wakeAt(task);
      const isAsked = shards === undefined || shards.includes(shardOf(task.id));
      if (!isAsked || at === null || at < from || at >= before) return false;
      return at > from || task.id > after;
    });
    const order = (a: Task, b: Task) => wakeAt(a)! - wakeAt(b)! || (a.id < b.id ? -1 : 1);
    if (!turns) return Promise.resolve(due.sort(order).slice(0, limit));
    return Promise.resolve(due.sort((a, b) => byOrganization(a, b) || order(a, b)).slice(0, limit));
  }

  async byIds(ids: readonly string[]): Promise<Task[]> {
    const wanted = new Set(ids);
    return Promise.resolve(this.where(({ id }) => wanted.has(id)));
  }

  async countByState(): Promise<Record<TaskState, number>> {
    const counts = { active: 0, paused: 0, completed: 0 };
    for (const { state } of this.data.tasks.values()) counts[state]++;
    return Promise.resolve(counts);
  }

  private stands(organization: string, id: string, generation: number): boolean {
    const task = this.data.tasks.get(id);
    return task?.organization === organization && task.generation === generation;
  }

  private where(accepts: (task: Task) => boolean): Task[] {
    return [...this.data.tasks.values()].filter(accepts).map(copyOf);
  }
}
