import type { StoredNeed } from '../../domain/need.js';
import type { QueuedRuns } from '../../domain/queue-counts.js';
import { DEFAULT_QUEUE } from '../../domain/queue.js';
import { firstIdAt } from '../../domain/ids.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import type { FormerOutcome, Heartbeat, Run, RunState } from '../../domain/run.js';
import type { Claim, ClaimResult } from '../../domain/claim.js';
import type { Telling } from '../../domain/telling.js';
import {
  RunStore,
  type Beside,
  type FailedRuns,
  type LedgerRange,
  type MadeUp,
  type MadeUpRange,
  type OpenedRun,
  type Reach,
  type RunChange,
  type RunFailure,
  type RunFilter,
  type RunOfEvent,
  type RunOutline,
  type RunRange,
  type OldRuns,
  type PurgedKind,
} from '../../scheduling/ports/run.store.js';
import type { Listing } from '../../domain/listing.js';
import type { DueRange, Page, Turns } from '../../scheduling/ports/task.reads.js';
import { readableOutline } from '../readable-run.js';
import { claimValues, ClaimWriter, taskOf, type ClaimValues } from './claim-writer.js';
import { Conditions, type Term } from './conditions.js';
import { LedgerRows } from './ledger-rows.js';
import { isLostRun, MOST_EXAMINED } from '../lost-run.js';
import { look } from './look.js';
import { OutboxRows } from './outbox-rows.js';
import { RunsBeside } from './runs-beside.js';
import { memberOf, RUN_COLUMNS, LIGHT_RUN_COLUMNS, runFrom, RunRows, UNFINISHED, type RunRow } from './run-rows.js';
import { changeValues, runValues, type ChangeValues } from './run-values.js';
import { failureFrom, failureWalk, fewUnfinished, walkTo } from './run-walks.js';
import { inParts, notLeftOut } from './parts-condition.js';
import type { SqlRow } from './sql.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** A run of which it is asked whether it is old enough, and of a kind. */
interface KindRow {
  id: string;
  unfinished: unknown;
  old: number | null;
  failed: number;
}

interface ExaminedRow {
  id: string;
  unfinished: unknown;
  dueAt: unknown;
  finishedAt: unknown;
}

const SELECT = `SELECT ${RUN_COLUMNS} FROM runs`;
const SELECT_LIGHT = `SELECT ${LIGHT_RUN_COLUMNS} FROM runs`;
/** How many of a task's last runs are searched for those that ended under a generation. */
const LOOKED_BACK = 2000;
/** How many runs that somebody holds are counted, of all organizations. */
const MOST_HELD = 50_000;
const OUTLINE = `runs.id, task_id AS taskId, trigger, scheduled_for AS scheduledFor, state, started_at AS startedAt,
  finished_at AS finishedAt, ${memberOf('progress', 'latenessMs')} AS latenessMs`;
/** The last runs of tasks; ids sort by nominal time. */
const LAST_OF = 'id >= ? AND id < ? ORDER BY id DESC LIMIT ?';
const OUTLINES = `SELECT ${OUTLINE} FROM json_each(?) AS asked CROSS JOIN runs
  WHERE runs.id IN (SELECT id FROM runs WHERE task_id = asked.value AND ${LAST_OF}) AND +organization = ?`;
const OUTLINES_OF_ONE = `SELECT ${OUTLINE} FROM (SELECT * FROM runs WHERE task_id = ? AND ${LAST_OF}) AS runs
  WHERE organization = ?`;
const INSTEAD = memberOf('origin', 'insteadOf');
const GIVEN = '(SELECT value FROM json_each(?))';

/** The organizations with unowned runs, in order of name, after a given name. */
const NEXT_UNOWNED = `SELECT min(organization) FROM runs WHERE ${UNFINISHED} AND owner IS NULL AND organization >`;
const UNOWNED = `WITH RECURSIVE waiting (name) AS (
  ${NEXT_UNOWNED} ? UNION ALL SELECT (${NEXT_UNOWNED} waiting.name) FROM waiting WHERE waiting.name IS NOT NULL)`;

/** The condition for the runs that are wanted by their need; empty for all runs. */
function within({ parts, without }: Reach = {}): Term {
  const column = (name: string) => `+runs.${name}`;
  const unsharded = parts?.map(({ shards: _, ...part }) => part);
  return new Conditions().andTerm(inParts(unsharded, column)).andTerm(notLeftOut(without, column));
}

/** Keeps the runs and the ledger in SQLite. */
export class SqliteRunStore extends RunStore {
  private readonly rows: RunRows;
  private readonly ledgerRows: LedgerRows;
  private readonly outbox: OutboxRows;
  private readonly beside: RunsBeside;
  /** Up to which id old runs were examined for lost ones; begins anew at the end. */
  private examined = '';

  constructor(private readonly db: SqliteConnection) {
    super();
    this.rows = new RunRows(db);
    this.ledgerRows = new LedgerRows(db);
    this.outbox = new OutboxRows(db);
    this.beside = new RunsBeside(db);
  }

  open(claims: readonly Claim[], tellings?: readonly Telling[]): Promise<ClaimResult[]> {
    return this.openValues(claims.map(claimValues), tellings);
  }

  /** As `open`, for a caller on another thread. */
  async openValues(claims: readonly ClaimValues[], tellings?: readonly Telling[]): Promise<ClaimResult[]> {
    if (claims.length === 0) return [];
    return this.db.write(() => {
      const results = new ClaimWriter(this.db, this.rows, this.ledgerRows, claims).open();
      const moved = new Set(claims.filter((_, index) => results[index] !== 'stale').map(taskOf));
      this.outbox.insert(tellings, (taskId) => moved.has(taskId));
      return results;
    });
  }

  async insert(runs: readonly Run[], tellings?: readonly Telling[]): Promise<Set<string>> {
    if (runs.length === 0) return new Set();
    return this.db.write(() => {
      const known = new Set(this.rows.known(runs.map(({ id }) => id)).keys());
      this.rows.insert(runs.map(runValues));
      this.outbox.insert(tellings, (id) => !known.has(id));
      return known;
    });
  }

  async makeUp(runs: readonly Run[]): Promise<Set<string>> {
    if (runs.length === 0) return new Set();
    const ids = runs.map(({ id }) => id);
    return this.db.write(() => {
      this.rows.removeUnrun(ids);
      const known = new Set(this.rows.known(ids).keys());
      this.rows.insert(runs.map(runValues));
      return known;
    });
  }

  update(changes: readonly RunChange[], tellings?: readonly Telling[]): Promise<Set<string>> {
    return this.updateValues(changeValues(changes), tellings);
  }

  /** As `update`, for a caller on another thread. */
  async updateValues(changes: readonly ChangeValues[], tellings?: readonly Telling[]): Promise<Set<string>> {
    if (changes.length === 0) return new Set();
    return this.db.write(() => {
      const applied = this.rows.update(changes);
      this.outbox.insert(tellings, (id) => applied.has(id));
      return applied;
    });
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
    const few = await fewUnfinished(this.db, organization, filter);
    const { items, next } = await look(this.db, few ?? walkTo(organization, filter), page);
    return { items: items.map(runFrom), next };
  }

  requestCancel(organization: string, id: string): Promise<boolean> {
    const sql = `UPDATE runs SET cancel_requested = 1 WHERE id = ? AND organization = ? AND +${UNFINISHED}`;
    return this.db.write(() => this.db.run(sql, [id, organization]) === 1);
  }

  heartbeat(organization: string, id: string, heartbeat: Heartbeat): Promise<boolean> {
    const sql = `UPDATE runs SET heartbeat = ? WHERE id = ? AND organization = ? AND attempt = ? AND +${UNFINISHED}`;
    const values = [JSON.stringify(heartbeat), id, organization, heartbeat.attempt];
    return this.db.write(() => this.db.run(sql, values) === 1);
  }

  ledger(organization: string, taskId: string, range: LedgerRange): Promise<LedgerEntry[]> {
    return this.ledgerRows.list(organization, taskId, range);
  }

  ledgerBefore(organization: string, taskId: string, before: number, limit: number): Promise<LedgerEntry[]> {
    return this.ledgerRows.before(organization, taskId, before, limit);
  }

  ofTask(organization: string, taskId: string, { from, before, after, limit }: RunRange): Promise<Run[]> {
    // Ids sort by nominal time.
    const conditions = new Conditions()
      .and('task_id = ?', taskId)
      .and('+organization = ?', organization)
      .and('id >= ?', firstIdAt(from))
      .and('id < ?', firstIdAt(before))
      .and('id > ?', after);
    return this.runs(`${SELECT_LIGHT} WHERE ${conditions.text} ORDER BY id LIMIT ?`, [...conditions.values, limit]);
  }

  async outlines(
    organization: string,
    taskIds: readonly string[],
    { from, before, limit }: DueRange,
  ): Promise<RunOutline[]> {
    const ids = [...new Set(taskIds)];
    // Of one task, its runs are read as they lie; an organization is tested after they are counted.
    const [sql, asked] = ids.length === 1 ? [OUTLINES_OF_ONE, ids[0]!] : [OUTLINES, JSON.stringify(ids)];
    const values = [asked, firstIdAt(from), firstIdAt(before), limit, organization];
    const rows = await this.db.query<RunOutline>(sql, values);
    return rows.map(readableOutline).sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  byIds(organization: string, ids: readonly string[]): Promise<Run[]> {
    return this.runs(`${SELECT} WHERE id IN ${GIVEN} AND +organization = ?`, [JSON.stringify(ids), organization]);
  }

  async statesOf(organization: string, ids: readonly string[]): Promise<Map<string, RunState>> {
    const statement = `SELECT id, state FROM runs WHERE id IN ${GIVEN} AND +organization = ?`;
    const rows = await this.db.query<Pick<RunRow, 'id' | 'state'>>(statement, [JSON.stringify(ids), organization]);
    return new Map(rows.map(({ id, state }) => [id, state]));
  }

  ofEvents(organization: string, receivedAt: number, { after, limit }: Page): Promise<RunOfEvent[]> {
    // Ids sort by nominal time.
    const conditions = new Conditions()
      .and("trigger <> 'schedule' AND trigger = 'event' AND organization = ?", organization)
      .and('id >= ?', firstIdAt(receivedAt))
      .and('id < ?', firstIdAt(receivedAt + 1))
      .and('id > ?', after);
    const sql = `SELECT id, task_id AS taskId, state, ${memberOf('progress', 'reason')} AS reason,
      ${memberOf('origin', 'event.descendants')} AS descendants
      FROM runs WHERE ${conditions.text} ORDER BY id LIMIT ?`;
    return this.db.query<RunOfEvent>(sql, [...conditions.values, limit]);
  }

  failed(organization: string, { states, taskId, from, to }: FailedRuns, { after, limit }: Page): Promise<Run[]> {
    // The literal states match the index's condition; ids sort by nominal time.
    const conditions = new Conditions()
      .and("state IN ('failed', 'timed_out') AND organization = ?", organization)
      .and(`+state IN ${GIVEN}`, JSON.stringify(states))
      .and('+task_id = ?', taskId)
      .and('id >= ?', from === undefined ? undefined : firstIdAt(from))
      .and('id < ?', to === undefined ? undefined : firstIdAt(to))
      .and('id > ?', after);
    return this.runs(`${SELECT} WHERE ${conditions.text} ORDER BY id LIMIT ?`, [...conditions.values, limit]);
  }

  async failures(
    organization: string,
    filter: Pick<RunFilter, 'taskId' | 'from' | 'to'>,
    page: Page,
  ): Promise<Listing<RunFailure>> {
    const { items, next } = await look(this.db, failureWalk(organization, filter), page);
    return { items: items.map(failureFrom), next };
  }

  async madeUp(organization: string, taskId: string, { from, to, limit }: MadeUpRange): Promise<MadeUp[] | null> {
    const sql = `SELECT scheduled_for AS scheduledFor, ${INSTEAD} AS insteadOf FROM runs
      WHERE trigger = 'backfill' AND task_id = ? AND +organization = ? AND scheduled_for >= ? AND scheduled_for <= ? LIMIT ?`;
    const values = [taskId, organization, from, to, limit + 1];
    const rows = await this.db.query<{ scheduledFor: number; insteadOf: string | null }>(sql, values);
    if (rows.length > limit) return null;
    return rows.flatMap(({ scheduledFor, insteadOf }) =>
      insteadOf === null ? [] : [{ scheduledFor, insteadOf: JSON.parse(insteadOf) as FormerOutcome }],
    );
  }

  async lastBackfillDue(organization: string, taskId: string): Promise<number | null> {
    const sql = `SELECT due_at AS last FROM runs WHERE ${UNFINISHED} AND trigger = 'backfill' AND task_id = ?
      AND +organization = ? ORDER BY due_at DESC LIMIT 1`;
    return (await this.db.queryFirst<{ last: number }>(sql, [taskId, organization]))?.last ?? null;
  }

  async cancelRequests(owner: string): Promise<string[]> {
    const sql = `SELECT id FROM runs WHERE ${UNFINISHED} AND owner IS NOT NULL AND owner = ? AND cancel_requested = 1`;
    return (await this.db.query<{ id: string }>(sql, [owner])).map(({ id }) => id);
  }

  unfinishedOf(taskIds: readonly string[], limit: number): Promise<Run[]> {
    const sql = `${SELECT_LIGHT} WHERE ${UNFINISHED} AND task_id IN ${GIVEN} LIMIT ?`;
    return this.runs(sql, [JSON.stringify(taskIds), limit]);
  }

  heldElsewhere(taskIds: readonly string[], owner: string): Promise<Set<string>> {
    return this.beside.tasksHeld(taskIds, owner);
  }

  async heldBeside(taskId: string, owner: string, beside: Beside): Promise<Run[]> {
    return (await this.beside.of(taskId, owner, beside)).map(runFrom);
  }

  lastEnded(organization: string, taskId: string, generation: number, limit: number): Promise<Run[]> {
    const last = '(SELECT id FROM runs WHERE task_id = ? ORDER BY id DESC LIMIT ?)';
    const sql = `${SELECT_LIGHT} WHERE task_id = ? AND id >= (SELECT min(id) FROM ${last}) AND +organization = ?
      AND ${memberOf('origin', 'generation')} = ? AND +state IN ('succeeded', 'failed', 'timed_out') ORDER BY id DESC LIMIT ?`;
    return this.runs(sql, [taskId, taskId, LOOKED_BACK, organization, generation, limit]);
  }

  async owners(): Promise<string[]> {
    const sql = `SELECT DISTINCT owner FROM runs WHERE ${UNFINISHED} AND owner IS NOT NULL`;
    return (await this.db.query<{ owner: string }>(sql, [])).map(({ owner }) => owner);
  }

  heldBy(owners: readonly string[], limit: number, turns?: Turns, reach?: Reach): Promise<Run[]> {
    const conditions = new Conditions()
      .and(`${UNFINISHED} AND owner IS NOT NULL AND owner IN ${GIVEN}`, JSON.stringify(owners))
      .and('+organization > ?', turns?.after)
      .and(`+organization NOT IN ${GIVEN}`, turns && JSON.stringify(turns.except ?? []))
      .andTerm(within(reach));
    const order = turns ? 'organization, due_at' : 'due_at';
    return this.runs(`${SELECT_LIGHT} WHERE ${conditions.text} ORDER BY ${order} LIMIT ?`, [
      ...conditions.values,
      limit,
    ]);
  }

  ownedAfter(owner: string, after: string, limit: number): Promise<Run[]> {
    const sql = `${SELECT_LIGHT} WHERE ${UNFINISHED} AND owner IS NOT NULL AND owner = ? AND +id > ? ORDER BY id LIMIT ?`;
    return this.runs(sql, [owner, after, limit]);
  }

  unowned(before: number, limit: number, turns?: Turns, reach?: Reach): Promise<Run[]> {
    const wanted = within(reach);
    const also = wanted.text && ` AND ${wanted.text}`;
    if (turns) {
      // Organizations are looked up one by one as rows are fetched, and the runs of each through the index.
      const ofEach = `${UNOWNED} SELECT ${LIGHT_RUN_COLUMNS} FROM waiting CROSS JOIN runs
        WHERE ${UNFINISHED} AND owner IS NULL AND organization = waiting.name AND waiting.name NOT IN ${GIVEN}
          AND due_at < ?${also} LIMIT ?`;
      const except = JSON.stringify(turns.except ?? []);
      return this.runs(ofEach, [turns.after, except, before, ...wanted.values, limit]);
    }
    const sql = `${SELECT_LIGHT} WHERE ${UNFINISHED} AND owner IS NULL AND due_at < ?${also} ORDER BY due_at LIMIT ?`;
    return this.runs(sql, [before, ...wanted.values, limit]);
  }

  queues(organization: string, now: number, limit: number): Promise<QueuedRuns[]> {
    const columns = 'organization, queue, state, due_at';
    // Those that somebody holds are few, but of all organizations.
    const sql = `WITH held AS (
        SELECT ${columns} FROM runs INDEXED BY unfinished_runs_of_owner
        WHERE ${UNFINISHED} AND owner IS NOT NULL LIMIT ?),
      unheld AS (
        SELECT ${columns} FROM runs INDEXED BY unowned_runs_of_organization
        WHERE ${UNFINISHED} AND owner IS NULL AND organization = ? AND due_at <= ? LIMIT ?)
      SELECT coalesce(queue, '${DEFAULT_QUEUE}') AS queue, sum(state <> 'running') AS waiting,
        sum(state = 'running') AS running, min(CASE WHEN state <> 'running' THEN due_at END) AS oldest
      FROM (SELECT * FROM held UNION ALL SELECT * FROM unheld)
      WHERE organization = ? AND (state = 'running' OR due_at <= ?) GROUP BY 1`;
    return this.db.query<QueuedRuns>(sql, [MOST_HELD, organization, now, limit, organization, now]);
  }

  async setNeed(taskId: string, { queue, skill }: StoredNeed): Promise<void> {
    const sql = `UPDATE runs SET queue = ?, skill = ? WHERE ${UNFINISHED} AND task_id = ?`;
    await this.db.write(() => this.db.run(sql, [queue ?? null, skill ?? null, taskId]));
  }

  async waiting(before: number, limit: number, except: readonly string[] = []): Promise<Run[]> {
    const others = except.length > 0 ? `AND +organization NOT IN ${GIVEN} ` : '';
    const values = except.length > 0 ? [before, JSON.stringify(except), limit] : [before, limit];
    const of = (holder: string) =>
      this.runs(
        `${SELECT_LIGHT} WHERE ${UNFINISHED} AND owner IS ${holder} AND due_at < ? AND +state IN ('pending', 'retrying')
          ${others}ORDER BY due_at LIMIT ?`,
        values,
      );
    // Separate queries, since each has an index of unfinished runs.
    const [unowned, owned] = await Promise.all([of('NULL'), of('NOT NULL')]);
    return [...unowned, ...owned].sort((a, b) => a.dueAt - b.dueAt).slice(0, limit);
  }

  underWayAmong(taskIds: readonly string[]): Promise<Set<string>> {
    return this.among(taskIds, ["owner IS NULL AND trigger = 'schedule'", "owner > '' AND trigger = 'schedule'"]);
  }

  busyAmong(taskIds: readonly string[]): Promise<Set<string>> {
    return this.among(taskIds, ["(state <> 'pending' OR attempt > 1) AND +state IN ('running', 'retrying')"]);
  }

  /** Those of the tasks that have an unfinished run for which one of the conditions is true. */
  private async among(taskIds: readonly string[], conditions: readonly string[]): Promise<Set<string>> {
    const each = conditions.map(
      (condition) => `EXISTS (SELECT 1 FROM runs WHERE ${UNFINISHED} AND task_id = asked.value AND ${condition})`,
    );
    const sql = `SELECT value AS id FROM json_each(?) AS asked WHERE ${each.join(' OR ')}`;
    const rows = await this.db.query<{ id: string }>(sql, [JSON.stringify(taskIds)]);
    return new Set(rows.map(({ id }) => id));
  }

  purge(before: number, limit: number): Promise<number> {
    const sql = `SELECT id FROM runs WHERE finished_at < ? AND unfinished = 0 ORDER BY finished_at LIMIT ?`;
    return this.db.write(() => {
      const old = this.db.all<{ id: string }>(sql, [before, limit]).map(({ id }) => id);
      if (old.length < limit) old.push(...this.lostBefore(before, limit - old.length));
      const ids = JSON.stringify(old);
      this.db.run(`DELETE FROM log_chunks WHERE run_id IN ${GIVEN}`, [ids]);
      return this.db.run(`DELETE FROM runs WHERE id IN ${GIVEN}`, [ids]);
    });
  }

  purgeKind({ organization, failed, before, after }: OldRuns, limit: number): Promise<PurgedKind> {
    const [whose, values] = organization === undefined ? ['', []] : ['organization = ? AND ', [organization]];
    const sql = `SELECT id, unfinished, finished_at < ? AS old, state IN ('failed', 'timed_out') AS failed FROM runs
      WHERE ${whose}id > ? AND id < ? ORDER BY id LIMIT ?`;
    return this.db.write(() => {
      const page = this.db.all<KindRow>(sql, [before, ...values, after, firstIdAt(before), limit]);
      const isOld = (row: KindRow) => row.unfinished === 0 && row.old === 1 && (row.failed === 1) === failed;
      const ids = JSON.stringify(page.filter(isOld).map(({ id }) => id));
      this.db.run(`DELETE FROM log_chunks WHERE run_id IN ${GIVEN}`, [ids]);
      const removed = this.db.run(`DELETE FROM runs WHERE id IN ${GIVEN}`, [ids]);
      return { removed, looked: page.length, last: page.at(-1)?.id ?? after };
    });
  }

  /** The ids of lost runs among the oldest ones: of those planned before `before`, nearly all others are purged by now. */
  private lostBefore(before: number, limit: number): string[] {
    const sql = `SELECT id, unfinished, due_at AS dueAt, finished_at AS finishedAt FROM runs WHERE id > ? AND id < ?
      ORDER BY id LIMIT ${MOST_EXAMINED}`;
    const page = this.db.all<ExaminedRow>(sql, [this.examined, firstIdAt(before)]);
    this.examined = page.length < MOST_EXAMINED ? '' : page.at(-1)!.id;
    const lost = page.filter(({ unfinished, dueAt, finishedAt }) => {
      const isUnfinished = unfinished === 1 || (unfinished === 0 ? false : null);
      return isLostRun({ isUnfinished, dueAt, finishedAt });
    });
    return lost.slice(0, limit).map(({ id }) => id);
  }

  purgeLedger(before: number, limit: number): Promise<number> {
    return this.db.write(() => this.ledgerRows.purge(before, limit));
  }

  private async runs(sql: string, values: SqlRow): Promise<Run[]> {
    return (await this.db.query<RunRow>(sql, values)).map(runFrom);
  }
}
