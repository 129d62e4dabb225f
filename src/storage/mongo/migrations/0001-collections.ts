import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

const COLLECTIONS = ['tasks', 'runs', 'ledger', 'locks', 'events', 'logs', 'idempotency', 'instances', 'meta'];

/** Creates the collections before the first write, which would otherwise wait for that. */
export const createCollections: Migration = (collections) => createMissing(collections, COLLECTIONS);
