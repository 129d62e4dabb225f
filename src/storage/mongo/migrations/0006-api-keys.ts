import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collection of API keys. */
export const createApiKeys: Migration = (collections) => createMissing(collections, ['apiKeys']);
