import { LRUCache } from 'lru-cache';

/** How many organizations have entries at a time. */
const MOST_ORGANIZATIONS = 100;

/**
 * A bounded cache in which no organization finds, and none displaces, entries of another one as long as few
 * organizations have any.
 */
export class PerOrganization<Value extends object> {
  private readonly caches: LRUCache<string, LRUCache<string, Value>>;

  /** `most` entries of each organization; `dispose` gets each value that leaves. */
  constructor(
    private readonly most: number,
    private readonly dispose: (value: Value) => void = () => undefined,
  ) {
    this.caches = new LRUCache({ max: MOST_ORGANIZATIONS, dispose: (cache) => cache.clear() });
  }

  get(organization: string, key: string): Value | undefined {
    return this.caches.get(organization)?.get(key);
  }

  set(organization: string, key: string, value: Value): void {
    let cache = this.caches.get(organization);
    if (!cache) {
      cache = new LRUCache({ max: this.most, dispose: this.dispose });
      this.caches.set(organization, cache);
    }
    cache.set(key, value);
  }

  delete(organization: string, key: string): void {
    this.caches.get(organization)?.delete(key);
  }

  /** Every value. */
  all(): Value[] {
    return [...this.caches.values()].flatMap((cache) => [...cache.values()]);
  }
}
