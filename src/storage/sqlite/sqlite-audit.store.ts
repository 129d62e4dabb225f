import type { AuditRecord } from '../../audit/audit-entry.js';
import { briefly } from '../../audit/counted-outcomes.js';
import {
  AuditStore,
  type AuditFilter,
  type AuditPage,
  type Checkpoint,
  type OutcomePosition,
  type RunOutcome,
} from '../../audit/audit.store.js';
import { firstIdAt } from '../../domain/ids.js';
import type { Listing } from '../../domain/listing.js';
import { objectIn, textsIn } from '../shape.js';
import { walkTo } from './audit-walks.js';
import { BulkInsert } from './bulk-insert.js';
import { Conditions } from './conditions.js';
import { look } from './look.js';
import type { SqliteConnection } from './sqlite-connection.js';
import type { SqlRow } from './sql.js';

type Row = Omit<AuditRecord, 'objects'> & { objects: string };
type CheckpointRow = Omit<Checkpoint, 'keyId' | 'broken'> & { key_id: string; broken: string | null };

const OBJECTS = `(SELECT json_group_array(CAST(object AS TEXT)) FROM audit_objects o
  WHERE o.organization = e.organization AND o.sequence = e.sequence) AS objects`;
const COLUMNS = `e.organization, e.sequence, e.at, e.actor, e.action, e.body, e.hash, e.seal, ${OBJECTS}`;
const SELECT = `SELECT ${COLUMNS} FROM audit_entries e`;
const CHECKPOINT_COLUMNS = 'organization, kind, sequence, hash, at, broken, key_id, signature';
const BIRTHS = 'audit_births';
const tableOf = (kind: Checkpoint['kind']): string => (kind === 'birth' ? BIRTHS : 'audit_checkpoints');
/** Births are separate from the other checkpoints, so that they cannot be deleted together. */
const CHECKPOINT = ['audit_checkpoints', BIRTHS]
  .map((table) => `SELECT ${CHECKPOINT_COLUMNS} FROM ${table}`)
  .join(' UNION ALL ');
const checkpointsWhere = (condition: string) => `SELECT * FROM (${CHECKPOINT}) WHERE ${condition}`;
const putInto = (table: string) => `INSERT INTO ${table} (${CHECKPOINT_COLUMNS})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (organization, kind) DO UPDATE SET
  sequence = excluded.sequence, hash = excluded.hash, at = excluded.at, broken = excluded.broken,
  key_id = excluded.key_id, signature = excluded.signature
  WHERE excluded.sequence >= ${table}.sequence`;
const ENDED_AFTER = 'finished_at >= ? AND (finished_at > ? OR id > ?)';
const OUTCOMES = `SELECT organization, id, task_id AS taskId, trigger, state, scheduled_for AS scheduledFor,
  started_at AS startedAt, finished_at AS finishedAt, attempt FROM runs
  WHERE ${ENDED_AFTER} AND finished_at < ? ORDER BY finished_at, id LIMIT ?`;

/** In how many of the oldest entries organizations are looked for. */
const MOST_OLD = 1000;

const recordFrom = ({ objects, ...row }: Row): AuditRecord => ({ objects: textsIn(objects), ...row });

const checkpointFrom = ({ key_id: keyId, broken, ...row }: CheckpointRow): Checkpoint => ({
  keyId,
  broken: broken === null ? null : brokenFrom(broken, row.sequence),
  ...row,
});

/** What was found wrong; where that cannot be read, something was. */
function brokenFrom(text: string, sequence: number): Checkpoint['broken'] {
  try {
    return objectIn(text) as unknown as Checkpoint['broken'];
  } catch {
    return { sequence, reason: 'the checkpoint cannot be read' };
  }
}

/** Keeps the audit trail in SQLite. */
export class SqliteAuditStore extends AuditStore {
  private readonly entries: BulkInsert;
  private readonly objects: BulkInsert;

  constructor(private readonly db: SqliteConnection) {
    super();
    const columns = ['organization', 'sequence', 'at', 'actor', 'action', 'body', 'hash', 'seal'];
    this.entries = new BulkInsert(db, 'audit_entries', columns);
    this.objects = new BulkInsert(db, 'audit_objects', ['organization', 'object', 'sequence']);
  }

  append(records: readonly AuditRecord[], head: Checkpoint): Promise<number> {
    const { organization, sequence: first } = records[0]!;
    const taken = 'SELECT 1 FROM audit_entries WHERE organization = ? AND sequence BETWEEN ? AND ? LIMIT 1';
    return this.db.write(() => {
      if (this.db.first(taken, [organization, first, records.at(-1)!.sequence])) return 0;
      this.entries.run(
        records.map(({ sequence, at, actor, action, body, hash, seal }) => [
          ...[organization, sequence, at, actor, action],
          ...[body, hash, seal],
        ]),
      );
      this.objects.run(
        records.flatMap(({ objects, sequence }) => objects.map((object) => [organization, object, sequence])),
      );
      this.put(head);
      return records.length;
    });
  }

  async last(organization: string, action?: string): Promise<AuditRecord | null> {
    return (await this.list(organization, { action }, { limit: 1 }))[0] ?? null;
  }

  list(
    organization: string,
    filter: AuditFilter,
    { before, limit }: { before?: number | undefined; limit: number },
  ): Promise<AuditRecord[]> {
    const conditions = conditionsOf(organization, filter).and('e.sequence < ?', before);
    return this.records(conditions, 'DESC', limit);
  }

  chain(organization: string, filter: AuditFilter, after: number, limit: number): Promise<AuditRecord[]> {
    return this.records(conditionsOf(organization, filter).and('e.sequence > ?', after), 'ASC', limit);
  }

  async search(
    organization: string,
    filter: AuditFilter,
    { order, isBrief = false, ...page }: AuditPage,
  ): Promise<Listing<AuditRecord, number>> {
    const walk = walkTo<Row>(COLUMNS, organization, filter, order === 'newest first' ? 'DESC' : 'ASC');
    const { items, next } = await look(this.db, walk, page);
    const records = items.map(recordFrom);
    return { items: isBrief ? records.map(briefly) : records, next };
  }

  async checkpoint(organization: string, kind: Checkpoint['kind']): Promise<Checkpoint | null> {
    const sql = `SELECT ${CHECKPOINT_COLUMNS} FROM ${tableOf(kind)} WHERE organization = ? AND kind = ?`;
    const row = await this.db.queryFirst<CheckpointRow>(sql, [organization, kind]);
    return row ? checkpointFrom(row) : null;
  }

  async checkpoints(organization: string): Promise<Checkpoint[]> {
    const sql = checkpointsWhere('organization = ?');
    return (await this.db.query<CheckpointRow>(sql, [organization])).map(checkpointFrom);
  }

  async hasTaskBefore(organization: string, at: number): Promise<boolean> {
    const sql = 'SELECT 1 FROM tasks WHERE organization = ? AND id < ? LIMIT 1';
    return (await this.db.queryFirst(sql, [organization, firstIdAt(at)])) !== undefined;
  }

  async putCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await this.db.write(() => this.put(checkpoint));
  }

  async removeUpTo(base: Checkpoint): Promise<void> {
    await this.db.write(() => {
      this.put(base);
      for (const table of ['audit_objects', 'audit_entries']) {
        const sql = `DELETE FROM ${table} WHERE organization = ? AND sequence <= ?`;
        this.db.run(sql, [base.organization, base.sequence]);
      }
    });
  }

  async organizationsBefore(at: number, limit: number, except: readonly string[] = []): Promise<string[]> {
    const oldest = `SELECT organization FROM audit_entries
      WHERE at < ? AND organization NOT IN (SELECT value FROM json_each(?)) ORDER BY at LIMIT ?`;
    const sql = `SELECT DISTINCT organization FROM (${oldest}) LIMIT ?`;
    const rows = await this.db.query<{ organization: string }>(sql, [at, JSON.stringify(except), MOST_OLD, limit]);
    return rows.map(({ organization }) => organization);
  }

  async heads(after: string, limit: number): Promise<Checkpoint[]> {
    const sql =
      "SELECT * FROM audit_checkpoints WHERE organization > ? AND kind = 'head' ORDER BY organization LIMIT ?";
    return (await this.db.query<CheckpointRow>(sql, [after, limit])).map(checkpointFrom);
  }

  async checkpointsNotUnder(keyId: string, limit: number): Promise<Checkpoint[]> {
    const sql = checkpointsWhere('key_id <> ? LIMIT ?');
    return (await this.db.query<CheckpointRow>(sql, [keyId, limit])).map(checkpointFrom);
  }

  async outcomesUntil(): Promise<OutcomePosition | null> {
    const sql = 'SELECT at, run_id AS id FROM audit_outcomes';
    return (await this.db.queryFirst<OutcomePosition>(sql, [])) ?? null;
  }

  async moveOutcomes({ at, id }: OutcomePosition): Promise<void> {
    const sql = `INSERT INTO audit_outcomes (id, at, run_id) VALUES (1, ?, ?)
      ON CONFLICT (id) DO UPDATE SET at = excluded.at, run_id = excluded.run_id`;
    await this.db.write(() => this.db.run(sql, [at, id]));
  }

  async nextOutcomeAt({ at, id }: OutcomePosition): Promise<number | null> {
    const sql = `SELECT finished_at AS at FROM runs WHERE ${ENDED_AFTER} ORDER BY finished_at LIMIT 1`;
    return (await this.db.queryFirst<{ at: number }>(sql, [at, at, id]))?.at ?? null;
  }

  outcomes({ at, id }: OutcomePosition, before: number, limit: number): Promise<RunOutcome[]> {
    return this.db.query<RunOutcome>(OUTCOMES, [at, at, id, before, limit]);
  }

  private async records(conditions: Conditions, order: 'ASC' | 'DESC', limit: number): Promise<AuditRecord[]> {
    const sql = `${SELECT} WHERE ${conditions.text} ORDER BY e.sequence ${order} LIMIT ?`;
    const values: SqlRow = [...conditions.values, limit];
    return (await this.db.query<Row>(sql, values)).map(recordFrom);
  }

  private put({ organization, kind, sequence, hash, at, broken, keyId, signature }: Checkpoint): void {
    const fault = broken && JSON.stringify(broken);
    this.db.run(putInto(tableOf(kind)), [organization, kind, sequence, hash, at, fault, keyId, signature]);
  }
}

function conditionsOf(organization: string, { actor, action, object, from, to }: AuditFilter): Conditions {
  const ofObject = `e.sequence IN (SELECT sequence FROM audit_objects o
    WHERE o.organization = e.organization AND o.object = ?)`;
  return new Conditions()
    .and('e.organization = ?', organization)
    .and('e.actor = ?', actor)
    .and('e.action = ?', action)
    .and(ofObject, object)
    .and('e.at >= ?', from)
    .and('e.at < ?', to);
}
