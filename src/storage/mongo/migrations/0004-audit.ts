import { mongo } from 'mongoose';
import type { Migration } from './migration.js';

const NAMESPACE_EXISTS = 48;

/** Creates the collections of the audit trail. */
export const createAuditTrail: Migration = async ({ connection }) => {
  for (const name of ['audit', 'auditCheckpoints', 'auditOutcomes']) {
    try {
      await connection.createCollection(name);
    } catch (error) {
      if (!(error instanceof mongo.MongoServerError && error.code === NAMESPACE_EXISTS)) throw error;
    }
  }
};
