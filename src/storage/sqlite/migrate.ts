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
];

/** Applies what the database lacks; the caller holds the exclusive transaction, so that of several processes one does. */
export function migrate(db: Sql, migrations = MIGRATIONS): void {
  db.run('CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)', []);
  const { current } = db.first<{ current: number }>(
    'SELECT coalesce(max(version), 0) AS current FROM schema_versions',
    [],
  )!;
  const newest = migrations.at(-1)!.version;
  // How new a program has to be: a newer one may have added to the schema, which does no harm to this one.
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
