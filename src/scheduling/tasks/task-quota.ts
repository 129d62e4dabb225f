import { Injectable } from '@nestjs/common';
import type { Task } from '../../domain/task.js';
import { UnderLocks } from '../../locking/under-locks.js';
import { QuotasService } from '../../organizations/quotas.service.js';
import { ToldTasks } from '../holding/told-tasks.js';
import { TaskStore } from '../ports/task.store.js';

/** What became of new tasks, by id: those neither known before nor refused were stored. */
export interface Stored {
  known: ReadonlySet<string>;
  /** By task id, the number of tasks that its organization may have. */
  refused: ReadonlyMap<string, number>;
}

/** Stores new tasks as far as the quotas of their organizations allow, even if others create tasks at the same time. */
@Injectable()
export class TaskQuota {
  /** The end of this instance's last write within quotas, so that its own writes do not wait for each other's lock. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: TaskStore,
    private readonly told: ToldTasks,
    private readonly quotas: QuotasService,
    private readonly locks: UnderLocks,
  ) {}

  /** Stores the first tasks of each organization, until it has as many tasks as it may have. */
  async insert(tasks: readonly Task[]): Promise<Stored> {
    const limits = await this.limitsOf(tasks);
    if (limits.size === 0) return { known: await this.told.insert(tasks), refused: new Map() };
    const insertion = this.last.then(() => this.insertWithin(tasks, limits));
    this.last = insertion.catch(() => undefined);
    return insertion;
  }

  private async limitsOf(tasks: readonly Task[]): Promise<Map<string, number>> {
    const limits = new Map<string, number>();
    for (const organization of new Set(tasks.map((task) => task.organization))) {
      const limit = (await this.quotas.of(organization)).tasks;
      if (limit !== undefined) limits.set(organization, limit);
    }
    return limits;
  }

  private async insertWithin(tasks: readonly Task[], limits: ReadonlyMap<string, number>): Promise<Stored> {
    const keys = [...limits.keys()].map((organization) => `quota/tasks/${encodeURIComponent(organization)}`);
    return this.locks.do('quota', keys, () => this.insertCounted(tasks, limits));
  }

  private async insertCounted(tasks: readonly Task[], limits: ReadonlyMap<string, number>): Promise<Stored> {
    const left = new Map<string, number>();
    for (const [organization, limit] of limits)
      left.set(organization, limit - (await this.store.count(organization, limit)));
    const refused = new Map<string, number>();
    const admitted = tasks.filter(({ organization, id }) => {
      const places = left.get(organization);
      if (places === undefined) return true;
      if (places <= 0) refused.set(id, limits.get(organization)!);
      left.set(organization, places - 1);
      return places > 0;
    });
    return { known: await this.told.insert(admitted), refused };
  }
}
