import type { Json } from '../../domain/json.js';
import { EventStore, type StoredEvent } from '../../triggers/event.store.js';
import { BulkInsert } from './bulk-insert.js';
import type { SqlRow } from './sql.js';
import type { SqliteConnection } from './sqlite-connection.js';

interface EventRow {
  organization: string;
  id: string;
  type: string;
  data: string;
  received_at: number;
  dispatched: number;
}

type EventKey = Pick<StoredEvent, 'organization' | 'id'>;

const COLUMNS = ['organization', 'id', 'type', 'data', 'received_at', 'dispatched'];
const SELECT = `SELECT ${COLUMNS.join(', ')} FROM events`;
const GIVEN = `(SELECT value ->> 0, value ->> 1 FROM json_each(?))`;

const keysOf = (events: readonly EventKey[]): string =>
  JSON.stringify(events.map(({ organization, id }) => [organization, id]));

const rowOf = ({ organization, id, type, data, receivedAt, dispatched }: StoredEvent): SqlRow => [
  organization,
  id,
  type,
  JSON.stringify(data),
  receivedAt,
  dispatched ? 1 : 0,
];

const eventFrom = ({ organization, id, type, data, received_at, dispatched }: EventRow): StoredEvent => ({
  organization,
  id,
  type,
  data: JSON.parse(data) as Json,
  receivedAt: received_at,
  dispatched: dispatched === 1,
});

/** Keeps received events in SQLite. */
export class SqliteEventStore extends EventStore {
  private readonly rows: BulkInsert;

  constructor(private readonly db: SqliteConnection) {
    super();
    this.rows = new BulkInsert(db, 'events', COLUMNS);
  }

  async insert(events: readonly StoredEvent[]): Promise<StoredEvent[]> {
    if (events.length === 0) return [];
    const sql = `${SELECT} WHERE (organization, id) IN ${GIVEN}`;
    const known = await this.db.write(() => {
      const rows = this.db.all<EventRow>(sql, [keysOf(events)]);
      this.rows.run(events.map(rowOf));
      return rows;
    });
    return known.map(eventFrom);
  }

  async markDispatched(events: readonly EventKey[]): Promise<void> {
    if (events.length === 0) return;
    const sql = `UPDATE events SET dispatched = 1 WHERE (organization, id) IN ${GIVEN}`;
    await this.db.write(() => this.db.run(sql, [keysOf(events)]));
  }

  async undispatched(before: number, limit: number): Promise<StoredEvent[]> {
    const sql = `${SELECT} WHERE dispatched = 0 AND received_at < ? ORDER BY received_at LIMIT ?`;
    return (await this.db.read(() => this.db.all<EventRow>(sql, [before, limit]))).map(eventFrom);
  }

  purge(before: number, limit: number): Promise<number> {
    const old = 'SELECT rowid FROM events WHERE dispatched = 1 AND received_at < ? ORDER BY received_at LIMIT ?';
    return this.db.write(() => this.db.run(`DELETE FROM events WHERE rowid IN (${old})`, [before, limit]));
  }
}
