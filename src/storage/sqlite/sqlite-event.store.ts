import type { Json } from '../../domain/json.js';
import { amended, bounded, type EventOutcome } from '../../events/event-outcome.js';
import {
  EventStore,
  placeOf,
  type DispatchedEvent,
  type EventFilter,
  type EventHead,
  type EventKey,
  type EventRecord,
  type StoredEvent,
} from '../../events/event.store.js';
import { MOST_READ_BYTES } from '../../scheduling/ports/task-pages.js';
import { firstIdAt } from '../../domain/ids.js';
import type { Listing, Page } from '../../domain/listing.js';
import { readableEvent, readableOutcome, readableTrace } from '../readable-event.js';
import { BulkInsert } from './bulk-insert.js';
import { Conditions } from './conditions.js';
import { look } from './look.js';
import { noNumber, notSince } from './not-since.js';
import type { SqlRow } from './sql.js';
import type { SqliteConnection } from './sqlite-connection.js';

interface EventRow {
  organization: string;
  id: string;
  type: string;
  data: string;
  received_at: number;
  dispatched: number;
  tries: number;
  failure: string | null;
  source: string | null;
  digest: string | null;
  trace: string | null;
}

/** An event with what came of it; in lists without its data. */
interface RecordRow extends EventRow {
  place: string;
  outcome: string | null;
}

const COLUMNS = [
  'organization',
  'id',
  'type',
  'data',
  'received_at',
  'dispatched',
  'source',
  'digest',
  'trace',
  'place',
];
const SELECT = `SELECT ${COLUMNS.join(', ')}, tries, failure FROM events`;
const RECORD = `${COLUMNS.join(', ')}, tries, failure, outcome`;
const HEAD = RECORD.replace(' data,', " 'null' AS data,");
const GIVEN = `(SELECT value ->> 0, value ->> 1 FROM json_each(?))`;

/** Dispatched events from before an instant. */
const OLD = `SELECT rowid FROM events WHERE dispatched = 1 AND ${notSince('received_at')} ORDER BY received_at LIMIT ?`;
/** Events that nobody will ever dispatch, because their date or state cannot be read. */
const BROKEN = [
  `SELECT rowid FROM events WHERE dispatched = 0 AND ${noNumber('coalesce(retry_at, received_at)')} LIMIT ?`,
  'SELECT rowid FROM events WHERE dispatched NOT IN (0, 1) LIMIT ?',
];

const keysOf = (events: readonly EventKey[]): string =>
  JSON.stringify(events.map(({ organization, id }) => [organization, id]));

const rowOf = ({
  organization,
  id,
  type,
  data,
  receivedAt,
  dispatched,
  source,
  digest,
  trace,
}: StoredEvent): SqlRow => [
  organization,
  id,
  type,
  JSON.stringify(data),
  receivedAt,
  dispatched ? 1 : 0,
  source ?? null,
  digest ?? null,
  trace ? JSON.stringify(trace) : null,
  placeOf({ id, receivedAt }),
];

const eventFrom = (row: EventRow): StoredEvent =>
  readableEvent({ ...row, receivedAt: row.received_at, dispatched: row.dispatched === 1 }, () => ({
    organization: row.organization,
    id: row.id,
    type: row.type,
    data: JSON.parse(row.data) as Json,
    receivedAt: row.received_at,
    dispatched: row.dispatched === 1,
    ...(row.tries > 0 && { tries: row.tries }),
    ...(row.failure !== null && { failure: row.failure }),
    ...(row.source !== null && { source: row.source }),
    ...(row.digest !== null && { digest: row.digest }),
    ...readableTrace(row.trace),
  }));

function headFrom({ outcome, place, ...row }: RecordRow): EventHead {
  const { data: _data, digest: _digest, ...head } = eventFrom(row);
  return { place, outcome: readableOutcome(outcome), ...head };
}

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

  async markDispatched(events: readonly DispatchedEvent[]): Promise<void> {
    if (events.length === 0) return;
    const sql = `UPDATE events SET dispatched = 1, failure = NULL WHERE (organization, id) IN ${GIVEN}`;
    await this.db.write(() => {
      this.db.run(sql, [keysOf(events)]);
      for (const { outcome, ...key } of events)
        if (outcome) this.changeOutcome(key, (later) => amended(bounded(outcome), later));
    });
  }

  async amend(organization: string, ids: readonly string[], change: EventOutcome): Promise<void> {
    await this.db.write(() => {
      for (const id of ids) this.changeOutcome({ organization, id }, (before) => amended(before, change));
    });
  }

  async undispatchedAmong(organization: string, ids: readonly string[]): Promise<Set<string>> {
    const keys = keysOf(ids.map((id) => ({ organization, id })));
    const sql = `SELECT id FROM events WHERE (organization, id) IN ${GIVEN} AND dispatched = 0`;
    return new Set((await this.db.query<{ id: string }>(sql, [keys])).map(({ id }) => id));
  }

  async get(organization: string, id: string): Promise<EventRecord | null> {
    const sql = `SELECT ${RECORD} FROM events WHERE organization = ? AND id = ?`;
    const row = await this.db.queryFirst<RecordRow>(sql, [organization, id]);
    return row ? { outcome: readableOutcome(row.outcome), ...eventFrom(row) } : null;
  }

  async list(organization: string, { type, source, from, to }: EventFilter, page: Page): Promise<Listing<EventHead>> {
    const along = new Conditions()
      .and('organization = ? AND place IS NOT NULL', organization)
      .and('place >= ?', from === undefined ? undefined : firstIdAt(from))
      .and('place < ?', to === undefined ? undefined : firstIdAt(Math.max(to, 1)));
    const tried = new Conditions().and('type = ?', type).and('source = ?', source);
    const way = { from: 'events INDEXED BY events_of_organization', key: 'place', order: 'DESC' } as const;
    const keyOf = ({ place }: RecordRow) => place;
    const { items, next } = await look<RecordRow, string>(
      this.db,
      { ...way, columns: HEAD, along, tried, keyOf },
      page,
    );
    return { items: items.map(headFrom), next };
  }

  async putOff({ organization, id }: EventKey, failure: string, retryAt: number | null): Promise<void> {
    const sql = `UPDATE events SET tries = tries + 1, failure = ?, retry_at = ?, dispatched = ?
      WHERE organization = ? AND id = ? AND dispatched = 0`;
    const values = [failure, retryAt, retryAt === null ? 1 : 0, organization, id];
    await this.db.write(() => this.db.run(sql, values));
  }

  private changeOutcome({ organization, id }: EventKey, change: (before: EventOutcome) => EventOutcome): void {
    const which = 'WHERE organization = ? AND id = ?';
    const row = this.db.first<Pick<RecordRow, 'outcome'>>(`SELECT outcome FROM events ${which}`, [organization, id]);
    if (!row) return;
    const outcome = JSON.stringify(change(readableOutcome(row.outcome)));
    this.db.run(`UPDATE events SET outcome = ? ${which}`, [outcome, organization, id]);
  }

  async undispatched(before: number, limit: number): Promise<StoredEvent[]> {
    const due = 'coalesce(retry_at, received_at)';
    const first = `SELECT rowid AS row, ${due} AS due, octet_length(data) AS size
      FROM events WHERE dispatched = 0 AND ${due} < ? ORDER BY ${due}, rowid LIMIT ?`;
    const fitting = `SELECT row, sum(size) OVER (ORDER BY due, row) - size AS ahead FROM (${first})`;
    const sql = `${SELECT} WHERE rowid IN (SELECT row FROM (${fitting}) WHERE ahead < ${MOST_READ_BYTES})
      ORDER BY ${due}, rowid`;
    return (await this.db.query<EventRow>(sql, [before, limit])).map(eventFrom);
  }

  purge(before: number, limit: number): Promise<number> {
    return this.db.write(() => {
      const rows = this.db.all<{ rowid: number }>(OLD, [before, limit]);
      for (const broken of BROKEN) rows.push(...this.db.all<{ rowid: number }>(broken, [limit]));
      const ids = rows.slice(0, limit).map(({ rowid }) => rowid);
      return this.db.run('DELETE FROM events WHERE rowid IN (SELECT value FROM json_each(?))', [JSON.stringify(ids)]);
    });
  }
}
