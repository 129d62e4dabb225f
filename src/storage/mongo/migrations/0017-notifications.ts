import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collections of notifications and their deliveries. */
export const createNotifications: Migration = (collections) =>
  createMissing(collections, ['notifications', 'notificationDeliveries']);
