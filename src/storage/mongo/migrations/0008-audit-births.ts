import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collection for the births of audit trails. */
export const createAuditBirths: Migration = (collections) => createMissing(collections, ['auditBirths']);
