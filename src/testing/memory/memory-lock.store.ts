import { LockStore } from '../../locking/lock.store.js';
import type { MemoryData } from './memory-data.js';

/** Keeps locks in memory, by the clock of the store. */
export class MemoryLockStore extends LockStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async acquire(keys: readonly string[], owner: string, lifeMs: number): Promise<Set<string>> {
    const free = keys.filter((key) => [undefined, owner].includes(this.holder(key)));
    for (const key of free) this.data.locks.set(key, { owner, expiresAt: this.data.now() + lifeMs });
    return Promise.resolve(new Set(free));
  }

  async renew(owner: string, lifeMs: number): Promise<Set<string>> {
    const held = [...this.data.locks.keys()].filter((key) => this.holder(key) === owner);
    for (const key of held) this.data.locks.set(key, { owner, expiresAt: this.data.now() + lifeMs });
    return Promise.resolve(new Set(held));
  }

  async release(keys: readonly string[], owner: string): Promise<void> {
    for (const key of keys) if (this.data.locks.get(key)?.owner === owner) this.data.locks.delete(key);
    return Promise.resolve();
  }

  async holders(keys: readonly string[]): Promise<Map<string, string>> {
    const held = keys.map((key) => [key, this.holder(key)] as const);
    return Promise.resolve(new Map(held.filter((entry): entry is [string, string] => entry[1] !== undefined)));
  }

  async remaining(keys: readonly string[]): Promise<Map<string, number>> {
    const held = keys.filter((key) => this.holder(key) !== undefined);
    return Promise.resolve(new Map(held.map((key) => [key, this.data.locks.get(key)!.expiresAt - this.data.now()])));
  }

  private holder(key: string): string | undefined {
    const lock = this.data.locks.get(key);
    return lock && lock.expiresAt > this.data.now() ? lock.owner : undefined;
  }
}
