import type { LedgerEntry, LedgerOutcome } from '../../domain/ledger.js';
import type { LedgerRange } from '../../scheduling/ports/run.store.js';
import { REACHES } from '../ledger-reach.js';
import { readableEntry } from '../readable-ledger.js';
import { BulkInsert } from './bulk-insert.js';
import { Conditions } from './conditions.js';
import { notSince } from './not-since.js';
import type { SqliteConnection } from './sqlite-connection.js';

interface LedgerRow {
  from_at: number;
  to_at: number;
  count: number;
  outcome: LedgerOutcome;
  reason: string;
}

const SELECT = 'SELECT from_at, to_at, count, outcome, reason';
const LATER = '(from_at, to_at) > (?, ?)';
const CLASSES = REACHES.map(({ digits, below }) => `(${digits}, ${below})`).join(', ');

/** Writes and reads the ledger. */
export class LedgerRows {
  private readonly entries: BulkInsert;

  constructor(private readonly db: SqliteConnection) {
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

  /** What reaches into the range from before it, and then what begins in it. */
  async list(organization: string, taskId: string, range: LedgerRange): Promise<LedgerEntry[]> {
    const { from, before, after, limit } = range;
    const reaching = after && after.from >= from ? [] : await this.reachingInto(organization, taskId, range);
    const conditions = new Conditions()
      .and('task_id = ?', taskId)
      .and('organization = ?', organization)
      .and('from_at < ?', before)
      .and('from_at >= ?', from)
      .and('from_at >= ?', after?.from)
      .and(LATER, after?.from, after?.to);
    const sql = `${SELECT} FROM ledger WHERE ${conditions.text} ORDER BY from_at, to_at LIMIT ?`;
    const beginning = await this.db.query<LedgerRow>(sql, [...conditions.values, limit]);
    return [...reaching, ...beginning].slice(0, limit).map(entryOf(organization, taskId));
  }

  private reachingInto(
    organization: string,
    taskId: string,
    { from, before, after, limit }: LedgerRange,
  ): Promise<LedgerRow[]> {
    const conditions = new Conditions()
      .and('task_id = ?', taskId)
      .and('length(to_at - from_at) = reaches.digits AND from_at > ? - reaches.below', from)
      .and('from_at < ?', Math.min(from, before))
      .and('to_at >= ?', from)
      .and('+organization = ?', organization)
      .and(LATER, after?.from, after?.to);
    const sql = `WITH reaches (digits, below) AS (VALUES ${CLASSES}) ${SELECT}
      FROM reaches CROSS JOIN ledger INDEXED BY ledger_by_reach
      WHERE ${conditions.text} ORDER BY from_at, to_at LIMIT ?`;
    return this.db.query<LedgerRow>(sql, [...conditions.values, limit]);
  }

  /** Deletes up to `limit` entries that end before `before`; returns their number. */
  purge(before: number, limit: number): number {
    const old = `SELECT rowid FROM ledger WHERE ${notSince('to_at')} ORDER BY to_at LIMIT ?`;
    return this.db.run(`DELETE FROM ledger WHERE rowid IN (${old})`, [before, limit]);
  }

  /** The last entries that start before `before`, latest first. */
  async before(organization: string, taskId: string, before: number, limit: number): Promise<LedgerEntry[]> {
    const rows = await this.db.query<LedgerRow>(
      `SELECT from_at, to_at, count, outcome, reason FROM ledger
        WHERE task_id = ? AND organization = ? AND from_at < ? ORDER BY from_at DESC, to_at DESC LIMIT ?`,
      [taskId, organization, before, limit],
    );
    return rows.map(entryOf(organization, taskId));
  }
}

const entryOf =
  (organization: string, taskId: string) =>
  ({ from_at: from, to_at: to, count, outcome, reason }: LedgerRow): LedgerEntry =>
    readableEntry({ organization, taskId, from, to, count, outcome, reason });
