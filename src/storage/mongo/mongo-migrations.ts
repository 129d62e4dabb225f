import { StoreUnavailableError } from '../../domain/errors.js';
import type { MongoCollections } from './mongo-collections.js';
import { again, isCollision } from './mongo-errors.js';
import { createCollections } from './migrations/0001-collections.js';
import { createSettings } from './migrations/0002-settings.js';
import { divideTasks } from './migrations/0003-shards.js';
import { createAuditTrail } from './migrations/0004-audit.js';
import { dropReplacedIndexes } from './migrations/0005-leaner-indexes.js';
import { createApiKeys } from './migrations/0006-api-keys.js';
import { createFigures } from './migrations/0007-figures.js';
import { createAuditBirths } from './migrations/0008-audit-births.js';
import { createStartLimits } from './migrations/0009-start-limits.js';
import { measureLedger } from './migrations/0010-ledger-reach.js';
import { noteNeeds } from './migrations/0011-needs.js';
import { createOutbox } from './migrations/0012-outbox.js';
import { createWebhooks } from './migrations/0013-webhooks.js';
import { orderUnfinished } from './migrations/0014-runs-beside.js';
import { createEventWindows } from './migrations/0015-event-windows.js';
import { placeEvents } from './migrations/0016-event-places.js';
import { createNotifications } from './migrations/0017-notifications.js';
import { indexEvents } from './migrations/0018-event-index.js';
import { findByTerms } from './migrations/0019-terms-of-events.js';
import { sortTasks } from './migrations/0020-task-orders.js';
import { findDueWithoutId } from './migrations/0021-due-without-id.js';
import type { Migration } from './migrations/migration.js';

export const MIGRATIONS: readonly Migration[] = [
  createCollections,
  createSettings,
  divideTasks,
  createAuditTrail,
  dropReplacedIndexes,
  createApiKeys,
  createFigures,
  createAuditBirths,
  createStartLimits,
  measureLedger,
  noteNeeds,
  createOutbox,
  createWebhooks,
  orderUnfinished,
  createEventWindows,
  placeEvents,
  createNotifications,
  indexEvents,
  findByTerms,
  sortTasks,
  findDueWithoutId,
];

/** The layout version that this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The oldest layout whose programs may go on beside a step, where that is not any: by the number of the step. */
export const NEEDED: Readonly<Record<number, number>> = { 19: 18 };

/** The layout that the database has, and the one that a program must know; 0 where there is none. */
export async function storedSchema({ meta }: MongoCollections): Promise<{ version: number; needed: number }> {
  const { version = 0, needed = 0 } = (await meta.findOne({ _id: 'schema' })) ?? {};
  return { version, needed };
}

/** Runs the missing migrations; rejects when a newer program left a layout that this one cannot use. */
export async function migrate(collections: MongoCollections): Promise<void> {
  const { version: stored, needed } = await storedSchema(collections);
  if (needed > SCHEMA_VERSION)
    throw new StoreUnavailableError(
      `The database needs a newer version of the runner: its layout is ${needed} or later, and this one knows up to ${SCHEMA_VERSION}.`,
    );
  for (let version = stored + 1; version <= SCHEMA_VERSION; version++) {
    await MIGRATIONS[version - 1]!(collections);
    // The maximum, because another instance may be further.
    const step = { version, ...(NEEDED[version] !== undefined && { needed: NEEDED[version] }) };
    await again(() => collections.meta.updateOne({ _id: 'schema' }, { $max: step }, { upsert: true }), isCollision);
  }
}
