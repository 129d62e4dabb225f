import type { LedgerEntry, LedgerOutcome } from '../../domain/ledger.js';
import type { LedgerRange } from '../../scheduling/run.store.js';
import { BulkInsert } from './bulk-insert.js';
import { Conditions } from './conditions.js';
import type { Sql } from './sql.js';

interface LedgerRow {
  from_at: number;
  to_at: number;
  count: number;
  outcome: LedgerOutcome;
  reason: string;
}

/** Writes and reads the ledger. */
export class LedgerRows {
  private readonly entries: BulkInsert;

  constructor(private readonly db: Sql) {
    const columns = ['organization', 'task_id', 'from_at', 'to_at', 'count', 'outcome', 'reason'];
    this.entries = new BulkInsert(db, 'ledger', columns);
  }

  insert(entries: readonly LedgerEntry[]): void {
    this.entries.run(
      entries.map(({ organization, taskId, from, to, count, outcome, reason }) => [
        organization,
        taskId,
        from,
        to,
        count,
        outcome,
        reason,
      ]),
    );
  }

  list(organization: string, taskId: string, { from, before, after, limit }: LedgerRange): LedgerEntry[] {
    const conditions = new Conditions()
      .and('task_id = ?', taskId)
      .and('organization = ?', organization)
      .and('from_at < ?', before)
      .and('from_at >= ?', after?.from)
      .and('to_at >= ?', from);
    const later = after ? 'AND (from_at, to_at) > (?, ?)' : '';
    const rows = this.db.all<LedgerRow>(
      `SELECT from_at, to_at, count, outcome, reason FROM ledger
        WHERE ${conditions.text} ${later} ORDER BY from_at, to_at LIMIT ?`,
      [...conditions.values, ...(after ? [after.from, after.to] : []), limit],
    );
    return rows.map(entryOf(organization, taskId));
  }

  /** Deletes up to `limit` entries that end before `before`; tells how many. */
  purge(before: number, limit: number): number {
    const old = 'SELECT rowid FROM ledger WHERE to_at < ? ORDER BY to_at LIMIT ?';
    return this.db.run(`DELETE FROM ledger WHERE rowid IN (${old})`, [before, limit]);
  }

  /** The last entries that begin before `before`, latest first. */
  before(organization: string, taskId: string, before: number, limit: number): LedgerEntry[] {
    const rows = this.db.all<LedgerRow>(
      `SELECT from_at, to_at, count, outcome, reason FROM ledger
        WHERE task_id = ? AND organization = ? AND from_at < ? ORDER BY from_at DESC, to_at DESC LIMIT ?`,
      [taskId, organization, before, limit],
    );
    return rows.map(entryOf(organization, taskId));
  }
}

const entryOf =
  (organization: string, taskId: string) =>
  ({ from_at: from, to_at: to, count, outcome, reason }: LedgerRow): LedgerEntry => ({
    organization,
    taskId,
    from,
    to,
    count,
    outcome,
    reason,
  });
