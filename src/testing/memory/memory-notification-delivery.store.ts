import { firstIdAt } from '../../domain/ids.js';
import type { Page } from '../../domain/listing.js';
import type { DeliveryStatus, NotificationDelivery } from '../../notifications/deliveries/delivery.js';
import {
  NotificationDeliveryStore,
  type DeliveryFilter,
} from '../../notifications/ports/notification-delivery.store.js';
import { copyOf, descending, keyOf, purge, type MemoryData } from './memory-data.js';

/** Keeps what goes out to channels in memory. */
export class MemoryNotificationDeliveryStore extends NotificationDeliveryStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async list(
    organization: string,
    { channel, status, from, to }: DeliveryFilter,
    { after, limit }: Page,
  ): Promise<NotificationDelivery[]> {
    const found = this.own(organization)
      .filter((each) => channel === undefined || each.channel === channel)
      .filter((each) => status === undefined || each.status === status)
      .filter(({ id }) => after === undefined || id < after)
      .filter(({ id }) => from === undefined || id >= firstIdAt(from))
      .filter(({ id }) => to === undefined || id < firstIdAt(to));
    return Promise.resolve(copyOf(found.slice(0, limit)));
  }

  async insert(deliveries: readonly NotificationDelivery[]): Promise<void> {
    const { notificationDeliveries } = this.data;
    for (const delivery of deliveries) {
      const key = keyOf(delivery.organization, delivery.id);
      if (!notificationDeliveries.has(key)) notificationDeliveries.set(key, copyOf(delivery));
    }
    return Promise.resolve();
  }

  async find(organization: string, id: string): Promise<NotificationDelivery | null> {
    return Promise.resolve(copyOf(this.data.notificationDeliveries.get(keyOf(organization, id)) ?? null));
  }

  async replace(delivery: NotificationDelivery, version: number): Promise<boolean> {
    const key = keyOf(delivery.organization, delivery.id);
    const isSame = this.data.notificationDeliveries.get(key)?.version === version;
    if (isSame) this.data.notificationDeliveries.set(key, copyOf(delivery));
    return Promise.resolve(isSame);
  }

  async due(now: number, limit: number, except: readonly string[]): Promise<NotificationDelivery[]> {
    const due = [...this.data.notificationDeliveries.values()].filter(
      ({ dueAt, channel }) => dueAt !== null && dueAt <= now && !except.includes(channel),
    );
    return Promise.resolve(copyOf(due.sort((a, b) => a.dueAt! - b.dueAt!).slice(0, limit)));
  }

  async count(organization: string, channel: string, status: DeliveryStatus, most: number): Promise<number> {
    const found = this.own(organization).filter((each) => each.channel === channel && each.status === status);
    return Promise.resolve(Math.min(most, found.length));
  }

  async trim(organization: string, channel: string, most: number): Promise<number> {
    const beyond = this.own(organization)
      .filter((each) => each.channel === channel)
      .slice(most)
      .filter(({ dueAt }) => dueAt === null);
    for (const { id } of beyond) this.data.notificationDeliveries.delete(keyOf(organization, id));
    return Promise.resolve(beyond.length);
  }

  async purge(before: number, limit: number): Promise<number> {
    return Promise.resolve(purge(this.data.notificationDeliveries, ({ at }) => at < before, limit));
  }

  private own(organization: string): NotificationDelivery[] {
    return [...this.data.notificationDeliveries.values()]
      .filter((each) => each.organization === organization)
      .sort(descending);
  }
}
