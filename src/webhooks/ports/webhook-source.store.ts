import type { Page } from '../../domain/listing.js';
import type { WebhookSource } from '../webhook-source.js';

/** Reads the webhook sources of organizations for people, separately from the engine. */
export abstract class WebhookSourceReads {
  /** The organization's sources, by descending id. */
  abstract list(organization: string, page: Page): Promise<WebhookSource[]>;
}

/** Keeps the webhook sources of organizations. */
export abstract class WebhookSourceStore extends WebhookSourceReads {
  /** Stores a new source; an existing one with this id stays unchanged. Resolves to whether it was new. */
  abstract insert(source: WebhookSource): Promise<boolean>;

  /** Intake: the source with this id, of any organization. */
  abstract find(id: string): Promise<WebhookSource | null>;

  /** How many sources the organization has, counted up to `most`. */
  abstract count(organization: string, most: number): Promise<number>;

  /** Replaces the source if its stored version is still `version`; resolves to whether it was. */
  abstract replace(source: WebhookSource, version: number): Promise<boolean>;

  /** Removes the source; resolves to whether there was one. */
  abstract remove(organization: string, id: string): Promise<boolean>;

  /** Rotation of keys: sources of all organizations, by ascending id, after the given id. */
  abstract page(after: string, limit: number): Promise<WebhookSource[]>;
}
