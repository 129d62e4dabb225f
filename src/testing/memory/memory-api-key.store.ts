import { ApiKeyStore, type ApiKey, type ApiKeyPage } from '../../auth/api-key.store.js';
import { copyOf, type MemoryData } from './memory-data.js';

/** Keeps API keys in memory. */
export class MemoryApiKeyStore extends ApiKeyStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async insert(key: ApiKey): Promise<void> {
    if (!this.data.apiKeys.has(key.id)) this.data.apiKeys.set(key.id, copyOf(key));
    return Promise.resolve();
  }

  async list(organization: string, { after, limit }: ApiKeyPage): Promise<ApiKey[]> {
    const own = [...this.data.apiKeys.values()].filter((key) => key.organization === organization);
    const rest = own.filter(({ id }) => after === undefined || id < after).sort((a, b) => (a.id < b.id ? 1 : -1));
    return Promise.resolve(copyOf(rest.slice(0, limit)));
  }

  async remove(organization: string, id: string): Promise<ApiKey | null> {
    const key = this.own(organization, id);
    if (key) this.data.apiKeys.delete(id);
    return Promise.resolve(key);
  }

  async touch(organization: string, id: string, at: number): Promise<void> {
    const key = this.own(organization, id);
    if (key) this.data.apiKeys.set(id, { ...key, lastUsedAt: at });
    return Promise.resolve();
  }

  async find(prefix: string): Promise<ApiKey | null> {
    const found = [...this.data.apiKeys.values()].find((key) => key.prefix === prefix);
    return Promise.resolve(copyOf(found ?? null));
  }

  private own(organization: string, id: string): ApiKey | null {
    const key = this.data.apiKeys.get(id);
    return key?.organization === organization ? key : null;
  }
}
