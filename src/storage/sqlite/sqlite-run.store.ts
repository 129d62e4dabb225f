import { firstIdAt } from '../../domain/ids.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import type { FormerOutcome, Run } from '../../domain/run.js';
import {
  RunStore,
  type Claim,
  type ClaimResult,
  type FailedRuns,
  type LedgerRange,
  type MadeUp,
  type OpenedRun,
  type RunChange,
  type RunFilter,
  type RunRange,
} from '../../scheduling/run.store.js';
import type { Listing } from '../../scheduling/listing.js';
import type { Page, Turns } from '../../scheduling/task.reads.js';
import { ClaimWriter } from './claim-writer.js';
import { Conditions } from './conditions.js';
import { LedgerRows } from './ledger-rows.js';
import { look } from './look.js';
import { RUN_COLUMNS, runFrom, RunRows, UNFINISHED, type RunRow } from './run-rows.js';
import { fewUnfinished, walkTo } from './run-walks.js';
import type { SqlRow } from './sql.js';
import type { SqliteConnection } from './sqlite-connection.js';

const SELECT = `SELECT ${RUN_COLUMNS} FROM runs`;
/** Among how many of a task's last runs those are that ended under a generation. */
const LOOKED_BACK = 2000;
const GIVEN = '(SELECT value FROM json_each(?))';

/** The organizations with runs that nobody holds, those after a name, by their names. */
const NEXT_UNOWNED = `SELECT min(organization) FROM runs WHERE ${UNFINISHED} AND owner IS NULL AND organization >`;
const UNOWNED = `WITH RECURSIVE waiting (name) AS (
  ${NEXT_UNOWNED} ? UNION ALL SELECT (${NEXT_UNOWNED} waiting.name) FROM waiting WHERE waiting.name IS NOT NULL)`;

/** Keeps the runs and the ledger in SQLite. */
export class SqliteRunStore extends RunStore {
  private readonly rows: RunRows;
  private readonly ledgerRows: LedgerRows;

  constructor(private readonly db: SqliteConnection) {
    super();
    this.rows = new RunRows(db);
    this.ledgerRows = new LedgerRows(db);
  }

  async open(claims: readonly Claim[]): Promise<ClaimResult[]> {
    if (claims.length === 0) return [];
    return this.db.write(() => new ClaimWriter(this.db, this.rows, this.ledgerRows, claims).open());
  }

  async insert(runs: readonly Run[]): Promise<Set<string>> {
    if (runs.length === 0) return new Set();
    return this.db.write(() => {
      const known = new Set(this.rows.known(runs.map(({ id }) => id)).keys());
      this.rows.insert(runs);
      return known;
    });
  }

  async makeUp(runs: readonly Run[]): Promise<Set<string>> {
    if (runs.length === 0) return new Set();
    const ids = runs.map(({ id }) => id);
    return this.db.write(() => {
      this.rows.removeUnrun(ids);
      const known = new Set(this.rows.known(ids).keys());
      this.rows.insert(runs);
      return known;
    });
  }

  async update(changes: readonly RunChange[]): Promise<Set<string>> {
    return changes.length === 0 ? new Set() : this.db.write(() => this.rows.update(changes));
  }

  async withdraw(runs: readonly OpenedRun[]): Promise<Set<string>> {
    if (runs.length === 0) return new Set();
    return this.db.write(() => new Set(runs.filter((run) => this.rows.withdraw(run)).map(({ id }) => id)));
  }

  async get(organization: string, id: string): Promise<Run | null> {
    const [run] = await this.runs(`${SELECT} WHERE id = ? AND organization = ?`, [id, organization]);
    return run ?? null;
  }

  async list(organization: string, filter: RunFilter, page: Page): Promise<Listing<Run>> {
    const few = await this.db.read(() => fewUnfinished(this.db, organization, filter));
    const { items, next } = await look(this.db, few ?? walkTo(organization, filter), page);
    return { items: items.map(runFrom), next };
  }

  requestCancel(organization: string, id: string): Promise<boolean> {
    const sql = `UPDATE runs SET cancel_requested = 1 WHERE id = ? AND organization = ? AND +${UNFINISHED}`;
    return this.db.write(() => this.db.run(sql, [id, organization]) === 1);
  }

  ledger(organization: string, taskId: string, range: LedgerRange): Promise<LedgerEntry[]> {
    return this.db.read(() => this.ledgerRows.list(organization, taskId, range));
  }

  ledgerBefore(organization: string, taskId: string, before: number, limit: number): Promise<LedgerEntry[]> {
    return this.db.read(() => this.ledgerRows.before(organization, taskId, before, limit));
  }

  ofTask(organization: string, taskId: string, { from, before, after, limit }: RunRange): Promise<Run[]> {
    // Ids are in the order of the nominal times.
    const conditions = new Conditions()
      .and('task_id = ?', taskId)
      .and('+organization = ?', organization)
      .and('id >= ?', firstIdAt(from))
      .and('id < ?', firstIdAt(before))
      .and('id > ?', after);
    return this.runs(`${SELECT} WHERE ${conditions.text} ORDER BY id LIMIT ?`, [...conditions.values, limit]);
  }

  byIds(organization: string, ids: readonly string[]): Promise<Run[]> {
    return this.runs(`${SELECT} WHERE id IN ${GIVEN} AND +organization = ?`, [JSON.stringify(ids), organization]);
  }

  failed(organization: string, { states, taskId, from, to }: FailedRuns, { after, limit }: Page): Promise<Run[]> {
    // The states as they stand here are those of the index, and ids are in the order of the nominal times.
    const conditions = new Conditions()
      .and("state IN ('failed', 'timed_out') AND organization = ?", organization)
      .and(`+state IN ${GIVEN}`, JSON.stringify(states))
      .and('+task_id = ?', taskId)
      .and('id >= ?', from === undefined ? undefined : firstIdAt(from))
      .and('id < ?', to === undefined ? undefined : firstIdAt(to))
      .and('id > ?', after);
    return this.runs(`${SELECT} WHERE ${conditions.text} ORDER BY id LIMIT ?`, [...conditions.values, limit]);
  }

  async madeUp(organization: string, taskId: string, from: number, to: number): Promise<MadeUp[]> {
    const sql = `SELECT scheduled_for AS scheduledFor, origin ->> '$.insteadOf' AS insteadOf FROM runs
      WHERE trigger = 'backfill' AND task_id = ? AND +organization = ? AND scheduled_for >= ? AND scheduled_for <= ?
        AND origin ->> '$.insteadOf' IS NOT NULL`;
    const values = [taskId, organization, from, to];
    const rows = await this.db.read(() => this.db.all<{ scheduledFor: number; insteadOf: string }>(sql, values));
    return rows.map((row) => ({ ...row, insteadOf: JSON.parse(row.insteadOf) as FormerOutcome }));
  }

  async cancelRequests(owner: string): Promise<string[]> {
    const sql = `SELECT id FROM runs WHERE ${UNFINISHED} AND owner IS NOT NULL AND owner = ? AND cancel_requested = 1`;
    return (await this.db.read(() => this.db.all<{ id: string }>(sql, [owner]))).map(({ id }) => id);
  }

  unfinishedOf(taskIds: readonly string[], exceptOwner?: string): Promise<Run[]> {
    const sql = `${SELECT} WHERE ${UNFINISHED} AND task_id IN ${GIVEN}`;
    const tasks = JSON.stringify(taskIds);
    return exceptOwner === undefined
      ? this.runs(sql, [tasks])
      : this.runs(`${sql} AND +owner IS NOT NULL AND +owner <> ?`, [tasks, exceptOwner]);
  }

  lastEnded(organization: string, taskId: string, generation: number, limit: number): Promise<Run[]> {
    const last = '(SELECT id FROM runs WHERE task_id = ? ORDER BY id DESC LIMIT ?)';
    const sql = `${SELECT} WHERE task_id = ? AND id >= (SELECT min(id) FROM ${last}) AND +organization = ?
      AND origin ->> '$.generation' = ? AND +state IN ('succeeded', 'failed', 'timed_out') ORDER BY id DESC LIMIT ?`;
    return this.runs(sql, [taskId, taskId, LOOKED_BACK, organization, generation, limit]);
  }

  async owners(): Promise<string[]> {
    const sql = `SELECT DISTINCT owner FROM runs WHERE ${UNFINISHED} AND owner IS NOT NULL`;
    return (await this.db.read(() => this.db.all<{ owner: string }>(sql, []))).map(({ owner }) => owner);
  }

  heldBy(owners: readonly string[], limit: number, turns?: Turns): Promise<Run[]> {
    const conditions = new Conditions()
      .and(`${UNFINISHED} AND owner IS NOT NULL AND owner IN ${GIVEN}`, JSON.stringify(owners))
      .and('+organization > ?', turns?.after)
      .and(`+organization NOT IN ${GIVEN}`, turns && JSON.stringify(turns.except ?? []));
    const order = turns ? 'organization, due_at' : 'due_at';
    return this.runs(`${SELECT} WHERE ${conditions.text} ORDER BY ${order} LIMIT ?`, [...conditions.values, limit]);
  }

  unowned(before: number, limit: number, turns?: Turns): Promise<Run[]> {
    if (turns) {
      // The organizations are looked up one by one as the rows are asked for, and each of them in the index.
      const ofEach = `${UNOWNED} SELECT ${RUN_COLUMNS} FROM waiting CROSS JOIN runs
        WHERE ${UNFINISHED} AND owner IS NULL AND organization = waiting.name AND waiting.name NOT IN ${GIVEN}
          AND due_at < ? LIMIT ?`;
      return this.runs(ofEach, [turns.after, JSON.stringify(turns.except ?? []), before, limit]);
    }
    const sql = `${SELECT} WHERE ${UNFINISHED} AND owner IS NULL AND due_at < ? ORDER BY due_at LIMIT ?`;
    return this.runs(sql, [before, limit]);
  }

  async waiting(before: number, limit: number): Promise<Run[]> {
    const of = (holder: string) =>
      this.runs(
        `${SELECT} WHERE ${UNFINISHED} AND owner IS ${holder} AND due_at < ? AND +state IN ('pending', 'retrying')
          ORDER BY due_at LIMIT ?`,
        [before, limit],
      );
    // Apart, each of them has an index of unfinished runs.
    const [unowned, owned] = await Promise.all([of('NULL'), of('NOT NULL')]);
    return [...unowned, ...owned].sort((a, b) => a.dueAt - b.dueAt).slice(0, limit);
  }

  async busyAmong(taskIds: readonly string[]): Promise<Set<string>> {
    const sql = `SELECT DISTINCT task_id AS id FROM runs
      WHERE ${UNFINISHED} AND task_id IN ${GIVEN} AND +state IN ('running', 'retrying')`;
    const rows = await this.db.read(() => this.db.all<{ id: string }>(sql, [JSON.stringify(taskIds)]));
    return new Set(rows.map(({ id }) => id));
  }

  purge(before: number, limit: number): Promise<number> {
    const sql = `SELECT id FROM runs WHERE finished_at < ? AND unfinished = 0 ORDER BY finished_at LIMIT ?`;
    return this.db.write(() => {
      const ids = JSON.stringify(this.db.all<{ id: string }>(sql, [before, limit]).map(({ id }) => id));
      this.db.run(`DELETE FROM log_chunks WHERE run_id IN ${GIVEN}`, [ids]);
      return this.db.run(`DELETE FROM runs WHERE id IN ${GIVEN}`, [ids]);
    });
  }

  purgeLedger(before: number, limit: number): Promise<number> {
    return this.db.write(() => this.ledgerRows.purge(before, limit));
  }

  private async runs(sql: string, values: SqlRow): Promise<Run[]> {
    return (await this.db.read(() => this.db.all<RunRow>(sql, values))).map(runFrom);
  }
}
