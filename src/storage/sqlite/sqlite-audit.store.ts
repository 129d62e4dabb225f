import type { AuditRecord } from '../../audit/audit-entry.js';
import {
  AuditStore,
  type AuditFilter,
  type Checkpoint,
  type OutcomePosition,
  type RunOutcome,
} from '../../audit/audit.store.js';
import { BulkInsert } from './bulk-insert.js';
import { Conditions } from './conditions.js';
import type { SqliteConnection } from './sqlite-connection.js';
import type { SqlRow } from './sql.js';

type Row = Omit<AuditRecord, 'objects'> & { objects: string };
type CheckpointRow = Omit<Checkpoint, 'keyId'> & { key_id: string };

const OBJECTS = `(SELECT json_group_array(object) FROM audit_objects o
  WHERE o.organization = e.organization AND o.sequence = e.sequence) AS objects`;
const SELECT = `SELECT organization, sequence, at, actor, action, body, hash, ${OBJECTS} FROM audit_entries e`;
const CHECKPOINT = 'SELECT organization, kind, sequence, hash, key_id, signature FROM audit_checkpoints';
const PUT_CHECKPOINT = `INSERT INTO audit_checkpoints (organization, kind, sequence, hash, key_id, signature)
  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (organization, kind) DO UPDATE SET
  sequence = excluded.sequence, hash = excluded.hash, key_id = excluded.key_id, signature = excluded.signature
  WHERE excluded.sequence >= audit_checkpoints.sequence`;
const ENDED_AFTER = 'finished_at >= ? AND (finished_at > ? OR id > ?)';
const OUTCOMES = `SELECT organization, id, task_id AS taskId, trigger, state, scheduled_for AS scheduledFor,
  started_at AS startedAt, finished_at AS finishedAt, attempt FROM runs
  WHERE ${ENDED_AFTER} AND finished_at < ? ORDER BY finished_at, id LIMIT ?`;

const recordFrom = ({ objects, ...row }: Row): AuditRecord => ({ objects: JSON.parse(objects) as string[], ...row });

const checkpointFrom = ({ key_id: keyId, ...row }: CheckpointRow): Checkpoint => ({ keyId, ...row });

/** Keeps the audit trail in SQLite. */
export class SqliteAuditStore extends AuditStore {
  private readonly entries: BulkInsert;
  private readonly objects: BulkInsert;

  constructor(private readonly db: SqliteConnection) {
    super();
    const columns = ['organization', 'sequence', 'at', 'actor', 'action', 'body', 'hash'];
    this.entries = new BulkInsert(db, 'audit_entries', columns);
    this.objects = new BulkInsert(db, 'audit_objects', ['organization', 'object', 'sequence']);
  }

  append(records: readonly AuditRecord[], head: Checkpoint): Promise<number> {
    const { organization, sequence: first } = records[0]!;
    const taken = 'SELECT 1 FROM audit_entries WHERE organization = ? AND sequence >= ? LIMIT 1';
    return this.db.write(() => {
      if (this.db.first(taken, [organization, first])) return 0;
      this.entries.run(
        records.map(({ sequence, at, actor, action, body, hash }) => [
          ...[organization, sequence, at, actor, action],
          ...[body, hash],
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

  async checkpoint(organization: string, kind: Checkpoint['kind']): Promise<Checkpoint | null> {
    const sql = `${CHECKPOINT} WHERE organization = ? AND kind = ?`;
    const row = await this.db.read(() => this.db.first<CheckpointRow>(sql, [organization, kind]));
    return row ? checkpointFrom(row) : null;
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

  async organizationsBefore(at: number, limit: number): Promise<string[]> {
    const sql = 'SELECT DISTINCT organization FROM audit_entries WHERE at < ? LIMIT ?';
    const rows = await this.db.read(() => this.db.all<{ organization: string }>(sql, [at, limit]));
    return rows.map(({ organization }) => organization);
  }

  async checkpointsNotUnder(keyId: string, limit: number): Promise<Checkpoint[]> {
    const sql = `${CHECKPOINT} WHERE key_id <> ? LIMIT ?`;
    return (await this.db.read(() => this.db.all<CheckpointRow>(sql, [keyId, limit]))).map(checkpointFrom);
  }

  async outcomesUntil(): Promise<OutcomePosition | null> {
    const sql = 'SELECT at, run_id AS id FROM audit_outcomes';
    return (await this.db.read(() => this.db.first<OutcomePosition>(sql, []))) ?? null;
  }

  async moveOutcomes({ at, id }: OutcomePosition): Promise<void> {
    const sql = `INSERT INTO audit_outcomes (id, at, run_id) VALUES (1, ?, ?)
      ON CONFLICT (id) DO UPDATE SET at = excluded.at, run_id = excluded.run_id`;
    await this.db.write(() => this.db.run(sql, [at, id]));
  }

  async nextOutcomeAt({ at, id }: OutcomePosition): Promise<number | null> {
    const sql = `SELECT finished_at AS at FROM runs WHERE ${ENDED_AFTER} ORDER BY finished_at LIMIT 1`;
    return (await this.db.read(() => this.db.first<{ at: number }>(sql, [at, at, id])))?.at ?? null;
  }

  outcomes({ at, id }: OutcomePosition, before: number, limit: number): Promise<RunOutcome[]> {
    return this.db.read(() => this.db.all<RunOutcome>(OUTCOMES, [at, at, id, before, limit]));
  }

  private async records(conditions: Conditions, order: 'ASC' | 'DESC', limit: number): Promise<AuditRecord[]> {
    const sql = `${SELECT} WHERE ${conditions.text} ORDER BY e.sequence ${order} LIMIT ?`;
    const values: SqlRow = [...conditions.values, limit];
    return (await this.db.read(() => this.db.all<Row>(sql, values))).map(recordFrom);
  }

  private put({ organization, kind, sequence, hash, keyId, signature }: Checkpoint): void {
    this.db.run(PUT_CHECKPOINT, [organization, kind, sequence, hash, keyId, signature]);
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
