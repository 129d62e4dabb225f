import { StoreUnavailableError } from '../../domain/errors.js';
import { initial } from './migrations/0001-initial.js';
import { organizationSettings } from './migrations/0002-settings.js';
import { countedRuns } from './migrations/0003-counted-runs.js';
import { shards } from './migrations/0004-shards.js';
import { auditTrail } from './migrations/0005-audit.js';
import { ledgerOrder } from './migrations/0006-ledger-order.js';
import { apiKeys } from './migrations/0007-api-keys.js';
import { ledgerAge } from './migrations/0008-ledger-age.js';
import { madeUpRuns } from './migrations/0009-made-up-runs.js';
import { figures } from './migrations/0010-figures.js';
import { failedRuns } from './migrations/0011-failed-runs.js';
import { taskDetails } from './migrations/0012-task-details.js';
import { dueOrder } from './migrations/0013-due-order.js';
import { sealedAudit } from './migrations/0014-sealed-audit.js';
import { readers } from './migrations/0015-readers.js';
import { startLimits } from './migrations/0016-start-limits.js';
import { turns } from './migrations/0017-turns.js';
import { failedEvents } from './migrations/0018-failed-events.js';
import { ledgerReach } from './migrations/0019-ledger-reach.js';
import { backfills } from './migrations/0020-backfills.js';
import { needs } from './migrations/0021-needs.js';
import { brokenEvents } from './migrations/0022-broken-events.js';
import { runsOfOthers } from './migrations/0023-runs-of-others.js';
import { outbox } from './migrations/0024-outbox.js';
import { webhooks } from './migrations/0025-webhooks.js';
import { runsBeside } from './migrations/0026-runs-beside.js';
import { heartbeats } from './migrations/0027-heartbeats.js';
import { eventWindows } from './migrations/0028-event-windows.js';
import { eventRecords } from './migrations/0029-event-records.js';
import { notifications } from './migrations/0030-notifications.js';
import { runPayloads } from './migrations/0031-run-payloads.js';
import { eventIndex } from './migrations/0032-event-index.js';
import { eventTraces } from './migrations/0033-event-traces.js';
import { taskOrders } from './migrations/0034-task-orders.js';
import { lockLives } from './migrations/0035-lock-lives.js';
import type { Migration } from './migrations/migration.js';
import type { Sql } from './sql.js';

/** Every step, in order. */
export const MIGRATIONS: readonly Migration[] = [
  initial,
  organizationSettings,
  countedRuns,
  shards,
  auditTrail,
  ledgerOrder,
  apiKeys,
  ledgerAge,
  madeUpRuns,
  figures,
  failedRuns,
  taskDetails,
  dueOrder,
  sealedAudit,
  readers,
  startLimits,
  turns,
  failedEvents,
  ledgerReach,
  backfills,
  needs,
  brokenEvents,
  runsOfOthers,
  outbox,
  webhooks,
  runsBeside,
  heartbeats,
  eventWindows,
  eventRecords,
  notifications,
  runPayloads,
  eventIndex,
  eventTraces,
  taskOrders,
  lockLives,
];

/**
 * Applies the missing migrations; the caller holds the exclusive transaction, so that only one of several processes
 * does this.
 */
export function migrate(db: Sql, migrations = MIGRATIONS): void {
  db.run('CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)', []);
  const { current } = db.first<{ current: number }>(
    'SELECT coalesce(max(version), 0) AS current FROM schema_versions',
    [],
  )!;
  const newest = migrations.at(-1)!.version;
  // The program version that the schema requires: a newer program may have added to the schema, which does not affect
  // this one.
  const { needed } = db.first<{ needed: number }>('SELECT user_version AS needed FROM pragma_user_version', [])!;
  if (needed > newest) {
    throw new StoreUnavailableError(
      `The database needs a newer version of the runner: its schema is ${needed} or later, and this one knows up to ${newest}.`,
    );
  }
  for (const { version, statements, breaks } of migrations.filter((migration) => migration.version > current)) {
    for (const statement of statements) db.run(statement, []);
    db.run("INSERT INTO schema_versions VALUES (?, CAST(unixepoch('subsec') * 1000 AS INTEGER))", [version]);
    if (breaks) db.run(`PRAGMA user_version = ${version}`, []);
  }
}
