import type { Page } from '../../domain/listing.js';
import type { DeliveryResult, WebhookDelivery } from '../webhook-delivery.js';

/** Names the source of an organization. */
export interface SourceKey {
  organization: string;
  source: string;
}

/** How much is kept. */
export interface Keep {
  most: number;
  /** Of the deliveries together, as `sizeOfDelivery` measures them. */
  bytes: number;
}

/** Reads what came in at webhook sources for people, separately from the engine. */
export abstract class WebhookDeliveryReads {
  /** The deliveries of a source, newest first; with a result, only those. */
  abstract list(source: SourceKey, page: Page, result?: DeliveryResult): Promise<WebhookDelivery[]>;
}

/** Keeps what became of requests to webhook sources. */
export abstract class WebhookDeliveryStore extends WebhookDeliveryReads {
  /** Stores new deliveries; existing ones stay unchanged. */
  abstract insert(deliveries: readonly WebhookDelivery[]): Promise<void>;

  abstract find(source: SourceKey, id: string): Promise<WebhookDelivery | null>;

  /** Deletes the oldest deliveries of a source with this result beyond what is kept; resolves to their number. */
  abstract trim(source: SourceKey, result: DeliveryResult, keep: Keep): Promise<number>;

  /** Housekeeping: deletes up to `limit` deliveries from before `before` (epoch ms); resolves to their number. */
  abstract purge(before: number, limit: number): Promise<number>;
}
