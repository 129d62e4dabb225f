import { createMissing } from './create-missing.js';
import type { Migration } from './migration.js';

/** Creates the collections of the audit trail. */
export const createAuditTrail: Migration = (collections) =>
  createMissing(collections, ['audit', 'auditCheckpoints', 'auditOutcomes']);
