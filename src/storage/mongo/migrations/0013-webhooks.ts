import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collections of webhook sources and of what came in at them. */
export const createWebhooks: Migration = (collections) =>
  createMissing(collections, ['webhookSources', 'webhookDeliveries']);
