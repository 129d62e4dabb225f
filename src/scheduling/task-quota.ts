import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId } from '../domain/ids.js';
import type { Task } from '../domain/task.js';
import { LockStore } from '../locking/lock.store.js';
import { QuotasService } from '../organizations/quotas.service.js';
import { TaskStore } from './task.store.js';

/** Longer than any write of a batch takes; so long nothing is created after the end of an instance amid one. */
const LOCK_LIFE_MS = 10_000;
const RETRY_MS = 25;

/** What became of new tasks, by id: neither known before nor refused, they were stored. */
export interface Stored {
  known: ReadonlySet<string>;
  /** With the number of tasks that their organization may have. */
  refused: ReadonlyMap<string, number>;
}

/** Stores new tasks as far as the quotas of their organizations allow, whoever else creates some at the same time. */
@Injectable()
export class TaskQuota {
  /** The end of the last of our own writes within quotas, so that they do not wait for each other's lock. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: TaskStore,
    private readonly quotas: QuotasService,
    private readonly locks: LockStore,
    private readonly clock: Clock,
  ) {}

  /** Of each organization the first ones are stored, until it has as many tasks as it may have. */
  async insert(tasks: readonly Task[]): Promise<Stored> {
    const limits = await this.limitsOf(tasks);
    if (limits.size === 0) return { known: await this.store.insert(tasks), refused: new Map() };
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
    const owner = `quota/${newId(this.clock.now())}`;
    const keys = [...limits.keys()].map((organization) => `quota/tasks/${encodeURIComponent(organization)}`);
    try {
      while ((await this.locks.acquire(keys, owner, LOCK_LIFE_MS)).size < keys.length) {
        // All or none: two that wait for each other's would wait for ever.
        await this.locks.release(keys, owner);
        await this.clock.sleep(RETRY_MS);
      }
      return await this.insertCounted(tasks, limits);
    } finally {
      await this.locks.release(keys, owner).catch(() => undefined);
    }
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
    return { known: await this.store.insert(admitted), refused };
  }
}
