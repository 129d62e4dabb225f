import type { LedgerEntry, LedgerOutcome } from '../../domain/ledger.js';
import type { DueRange } from '../../scheduling/task.store.js';
import { BulkInsert } from './bulk-insert.js';
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

  list(organization: string, taskId: string, { from, before, limit }: DueRange): LedgerEntry[] {
    const rows = this.db.all<LedgerRow>(
      `SELECT from_at, to_at, count, outcome, reason FROM ledger
        WHERE organization = ? AND task_id = ? AND to_at >= ? AND from_at < ? ORDER BY to_at LIMIT ?`,
      [organization, taskId, from, before, limit],
    );
    return rows.map(({ from_at, to_at, count, outcome, reason }) => ({
      organization,
      taskId,
      from: from_at,
      to: to_at,
      count,
      outcome,
      reason,
    }));
  }
}
