import type { Migration } from './migration.js';

/** Notifications: what is set up and seen of them, and what goes out; `body` and `delivery` are JSON. */
export const notifications: Migration = {
  version: 30,
  statements: [
    `CREATE TABLE notifications (
      kind TEXT NOT NULL, organization TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL,
      body TEXT NOT NULL, PRIMARY KEY (kind, organization, id)
    ) WITHOUT ROWID`,
    // NotificationStore.behind and purge
    'CREATE INDEX notifications_age ON notifications (kind, at, organization, id)',
    `CREATE TABLE notification_deliveries (
      organization TEXT NOT NULL, id TEXT NOT NULL, channel TEXT NOT NULL, status TEXT NOT NULL, version INTEGER NOT NULL,
      at INTEGER NOT NULL, due_at INTEGER, delivery TEXT NOT NULL, PRIMARY KEY (organization, id)
    )`,
    // NotificationDeliveryStore.list by channel or status, count and trim
    'CREATE INDEX notification_deliveries_channel ON notification_deliveries (organization, channel, status, id)',
    'CREATE INDEX notification_deliveries_of_channel ON notification_deliveries (organization, channel, id)',
    'CREATE INDEX notification_deliveries_status ON notification_deliveries (organization, status, id)',
    // NotificationDeliveryStore.due
    'CREATE INDEX notification_deliveries_due ON notification_deliveries (due_at, channel) WHERE due_at IS NOT NULL',
    // NotificationDeliveryStore.purge
    'CREATE INDEX notification_deliveries_age ON notification_deliveries (at)',
  ],
};
