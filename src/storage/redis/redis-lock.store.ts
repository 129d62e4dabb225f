import { LockStore } from '../../locking/lock.store.js';
import { ACQUIRE, LOOK, RELEASE, RENEW } from './lock-scripts.js';
import type { RedisConnection } from './redis-connection.js';

/** Keeps the locks in Redis, which removes expired ones. One database holds the locks of one store. */
export class RedisLockStore extends LockStore {
  private readonly prefix: string;

  /** `namespace` is the prefix of every key. */
  constructor(
    private readonly redis: RedisConnection,
    namespace = 'task-runner',
  ) {
    super();
    // In braces, so that a Redis cluster keeps all keys on one node, as scripts over several keys require.
    this.prefix = `{${namespace}}`;
  }

  async acquire(keys: readonly string[], owner: string, lifeMs: number): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    const held = await this.redis.run(
      ACQUIRE,
      [this.setOf(owner), ...keys.map((key) => this.lockOf(key))],
      [owner, lifeMs],
    );
    return new Set(this.keysOf(held));
  }

  async renew(owner: string, lifeMs: number): Promise<Set<string>> {
    const held = await this.redis.run(RENEW, [this.setOf(owner)], [owner, lifeMs]);
    return new Set(this.keysOf(held));
  }

  async release(keys: readonly string[], owner: string): Promise<void> {
    if (keys.length === 0) return;
    await this.redis.run(RELEASE, [this.setOf(owner), ...keys.map((key) => this.lockOf(key))], [owner]);
  }

  async holders(keys: readonly string[]): Promise<Map<string, string>> {
    return new Map((await this.look(keys)).map(({ key, owner }) => [key, owner]));
  }

  async remaining(keys: readonly string[]): Promise<Map<string, number>> {
    return new Map((await this.look(keys)).map(({ key, life }) => [key, life]));
  }

  private async look(keys: readonly string[]): Promise<{ key: string; owner: string; life: number }[]> {
    if (keys.length === 0) return [];
    const found = (await this.redis.run(
      LOOK,
      keys.map((key) => this.lockOf(key)),
      [],
    )) as [owner: string, life: number][];
    return found.flatMap(([owner, life], index) => (life < 0 ? [] : [{ key: keys[index]!, owner, life }]));
  }

  private lockOf(key: string): string {
    return `${this.prefix}:lock:${key}`;
  }

  private setOf(owner: string): string {
    return `${this.prefix}:owner:${owner}`;
  }

  private keysOf(locks: unknown): Set<string> {
    return new Set((locks as string[]).map((lock) => lock.slice(this.lockOf('').length)));
  }
}
