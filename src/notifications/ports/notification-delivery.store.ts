import type { Page } from '../../domain/listing.js';
import type { DeliveryStatus, NotificationDelivery } from '../deliveries/delivery.js';

/** Which deliveries of an organization. Instants in epoch ms; the end is exclusive. */
export interface DeliveryFilter {
  channel?: string | undefined;
  status?: DeliveryStatus | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/** Reads deliveries for people, separately from the engine. */
export abstract class NotificationDeliveryReads {
  /** The organization's deliveries, by descending id. */
  abstract list(organization: string, filter: DeliveryFilter, page: Page): Promise<NotificationDelivery[]>;
}

/** Keeps what goes out to channels, with what became of it. */
export abstract class NotificationDeliveryStore extends NotificationDeliveryReads {
  /** Stores new deliveries; existing ones stay unchanged. */
  abstract insert(deliveries: readonly NotificationDelivery[]): Promise<void>;

  abstract find(organization: string, id: string): Promise<NotificationDelivery | null>;

  /** Replaces the delivery if its stored version is still `version`; resolves to whether it was. */
  abstract replace(delivery: NotificationDelivery, version: number): Promise<boolean>;

  /** Deliveries of all organizations that are due at `now` (epoch ms), the earliest first, without those of some channels. */
  abstract due(now: number, limit: number, except: readonly string[]): Promise<NotificationDelivery[]>;

  /** How many deliveries of a channel have this status, counted up to `most`. */
  abstract count(organization: string, channel: string, status: DeliveryStatus, most: number): Promise<number>;

  /** Deletes the oldest deliveries of a channel beyond `most` that wait for nothing; resolves to their number. */
  abstract trim(organization: string, channel: string, most: number): Promise<number>;

  /** Housekeeping: deletes up to `limit` deliveries from before `before` (epoch ms); resolves to their number. */
  abstract purge(before: number, limit: number): Promise<number>;
}
