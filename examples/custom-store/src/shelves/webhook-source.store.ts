import { type Page, type WebhookSource, WebhookSourceStore } from 'scheduled-task-runner/store';
import { copyOf, descending, type ShelfData } from './data.js';

/** Keeps webhook sources in memory. */
export class ShelfWebhookSourceStore extends WebhookSourceStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async insert(source: WebhookSource): Promise<boolean> {
    const isNew = !this.data.webhookSources.has(source.id);
    if (isNew) this.data.webhookSources.set(source.id, copyOf(source));
    return isNew;
  }

  async find(id: string): Promise<WebhookSource | null> {
    return copyOf(this.data.webhookSources.get(id) ?? null);
  }

  async list(organization: string, { after, limit }: Page): Promise<WebhookSource[]> {
    const rest = this.own(organization).filter(({ id }) => after === undefined || id < after);
    return copyOf(rest.sort(descending).slice(0, limit));
  }

  async count(organization: string, most: number): Promise<number> {
    return Math.min(most, this.own(organization).length);
  }

  async replace(source: WebhookSource, version: number): Promise<boolean> {
    const stored = this.data.webhookSources.get(source.id);
    const isSame = stored?.organization === source.organization && stored.version === version;
    if (isSame) this.data.webhookSources.set(source.id, copyOf(source));
    return isSame;
  }

  async remove(organization: string, id: string): Promise<boolean> {
    const isOwn = this.data.webhookSources.get(id)?.organization === organization;
    return isOwn && this.data.webhookSources.delete(id);
  }

  async page(after: string, limit: number): Promise<WebhookSource[]> {
    const rest = [...this.data.webhookSources.values()].filter(({ id }) => id > after);
    return copyOf(rest.sort((a, b) => descending(b, a)).slice(0, limit));
  }

  private own(organization: string): WebhookSource[] {
    return [...this.data.webhookSources.values()].filter((source) => source.organization === organization);
  }
}
