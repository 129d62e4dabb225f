import type { Page } from '../../domain/listing.js';
import { WebhookDeliveryStore, type Keep, type SourceKey } from '../../webhooks/ports/webhook-delivery.store.js';
import { sizeOfDelivery, type DeliveryResult, type WebhookDelivery } from '../../webhooks/webhook-delivery.js';
import { copyOf, descending, keyOf, purge, type MemoryData } from './memory-data.js';

/** Keeps what came in at webhook sources in memory. */
export class MemoryWebhookDeliveryStore extends WebhookDeliveryStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async insert(deliveries: readonly WebhookDelivery[]): Promise<void> {
    const { webhookDeliveries } = this.data;
    for (const delivery of deliveries) {
      const key = keyOf(delivery.source, delivery.id);
      if (!webhookDeliveries.has(key)) webhookDeliveries.set(key, copyOf(delivery));
    }
    return Promise.resolve();
  }

  async list(source: SourceKey, { after, limit }: Page, result?: DeliveryResult): Promise<WebhookDelivery[]> {
    const rest = this.of(source, result).filter(({ id }) => after === undefined || id < after);
    return Promise.resolve(copyOf(rest.slice(0, limit)));
  }

  async find(source: SourceKey, id: string): Promise<WebhookDelivery | null> {
    return Promise.resolve(copyOf(this.of(source).find((delivery) => delivery.id === id) ?? null));
  }

  async trim(source: SourceKey, result: DeliveryResult, { most, bytes }: Keep): Promise<number> {
    let total = 0;
    const all = this.of(source, result);
    const cut = all.findIndex((each, index) => (total += sizeOfDelivery(each)) > bytes || index >= most);
    const beyond = cut < 0 ? [] : all.slice(cut);
    for (const { id } of beyond) this.data.webhookDeliveries.delete(keyOf(source.source, id));
    return Promise.resolve(beyond.length);
  }

  async purge(before: number, limit: number): Promise<number> {
    return Promise.resolve(purge(this.data.webhookDeliveries, ({ at }) => at < before, limit));
  }

  private of({ organization, source }: SourceKey, result?: DeliveryResult): WebhookDelivery[] {
    return [...this.data.webhookDeliveries.values()]
      .filter((each) => each.organization === organization && each.source === source)
      .filter((each) => result === undefined || each.result === result)
      .sort(descending);
  }
}
