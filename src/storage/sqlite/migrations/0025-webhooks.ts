import type { Migration } from './migration.js';

/** Webhook sources and what came in at them; `source` and `delivery` are JSON. Events tell where they came from. */
export const webhooks: Migration = {
  version: 25,
  statements: [
    `CREATE TABLE webhook_sources (
      id TEXT PRIMARY KEY, organization TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL
    ) WITHOUT ROWID`,
    // WebhookSourceStore.list and count
    'CREATE INDEX webhook_sources_list ON webhook_sources (organization, id DESC)',
    `CREATE TABLE webhook_deliveries (
      source TEXT NOT NULL, id TEXT NOT NULL, organization TEXT NOT NULL, result TEXT NOT NULL, at INTEGER NOT NULL,
      bytes INTEGER NOT NULL, delivery TEXT NOT NULL, PRIMARY KEY (source, id)
    )`,
    // WebhookDeliveryStore.trim, and list by result
    'CREATE INDEX webhook_deliveries_result ON webhook_deliveries (source, result, id DESC, bytes)',
    // WebhookDeliveryStore.purge
    'CREATE INDEX webhook_deliveries_age ON webhook_deliveries (at)',
    'ALTER TABLE events ADD COLUMN source TEXT',
    'ALTER TABLE events ADD COLUMN digest TEXT',
  ],
};
