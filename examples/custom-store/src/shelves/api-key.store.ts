import { type ApiKey, type ApiKeyPage, ApiKeyStore } from 'scheduled-task-runner/store';
import { copyOf, type ShelfData } from './data.js';

/** Keeps API keys in memory. */
export class ShelfApiKeyStore extends ApiKeyStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async insert(key: ApiKey): Promise<void> {
    if (!this.data.apiKeys.has(key.id)) this.data.apiKeys.set(key.id, copyOf(key));
  }

  async list(organization: string, { after, limit }: ApiKeyPage): Promise<ApiKey[]> {
    const own = [...this.data.apiKeys.values()].filter((key) => key.organization === organization);
    const rest = own.filter(({ id }) => after === undefined || id < after).sort((a, b) => (a.id < b.id ? 1 : -1));
    return copyOf(rest.slice(0, limit));
  }

  async remove(organization: string, id: string): Promise<ApiKey | null> {
    const key = this.own(organization, id);
    if (key) this.data.apiKeys.delete(id);
    return key;
  }

  async touch(organization: string, id: string, at: number): Promise<void> {
    const key = this.own(organization, id);
    if (key) this.data.apiKeys.set(id, { ...key, lastUsedAt: at });
  }

  async find(prefix: string): Promise<ApiKey | null> {
    const found = [...this.data.apiKeys.values()].find((key) => key.prefix === prefix);
    return copyOf(found ?? null);
  }

  private own(organization: string, id: string): ApiKey | null {
    const key = this.data.apiKeys.get(id);
    return key?.organization === organization ? key : null;
  }
}
