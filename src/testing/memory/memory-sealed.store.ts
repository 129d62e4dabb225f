import { SealedStore, type SealedSecrets } from '../../secrets/sealed.store.js';
import { copyOf, type MemoryData } from './memory-data.js';

/** Reads and replaces sealed secrets in memory. */
export class MemorySealedStore extends SealedStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async page(after: string, limit: number): Promise<SealedSecrets[]> {
    const sealed = [...this.data.tasks.values()]
      .filter(({ id, secrets }) => id > after && Object.keys(secrets).length > 0)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = sealed
      .slice(0, limit)
      .map(({ id, organization, secrets, definition }) => ({ organization, taskId: id, secrets, definition }));
    return Promise.resolve(copyOf(page));
  }

  async replace({ taskId, secrets: read }: SealedSecrets, secrets: Record<string, string>): Promise<boolean> {
    const task = this.data.tasks.get(taskId);
    const isSame = task !== undefined && JSON.stringify(task.secrets) === JSON.stringify(read);
    if (isSame) this.data.tasks.set(taskId, { ...task, secrets: copyOf(secrets) });
    return Promise.resolve(isSame);
  }
}
