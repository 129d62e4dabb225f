import { SettingsStore, type StoredUnder } from 'scheduled-task-runner/store';
import { copyOf, type ShelfData } from './data.js';

/** Keeps the settings of organizations in memory. */
export class ShelfSettingsStore extends SettingsStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async get(key: string): Promise<StoredUnder | null> {
    return copyOf(this.data.settings.get(key) ?? null);
  }

  async list(after: string, limit: number): Promise<(StoredUnder & { key: string })[]> {
    return [...this.data.settings]
      .filter(([key]) => key > after)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([key, stored]) => ({ key, ...copyOf(stored) }));
  }

  async put(key: string, settings: object, version: number): Promise<boolean> {
    const isSame = (this.data.settings.get(key)?.version ?? 0) === version;
    if (isSame) this.data.settings.set(key, { settings: copyOf(settings), version: version + 1 });
    return isSame;
  }
}
