import type { Telling } from '../../domain/telling.js';
import {
  OutboxStore,
  type Marks,
  type OutboxPage,
  type OutboxSize,
  type StoredTelling,
  type TellingHead,
} from '../../outbox/outbox.store.js';
import { consumersIn, messagesIn } from '../readable-telling.js';
import { OutboxRows } from './outbox-rows.js';
import type { SqliteConnection } from './sqlite-connection.js';

interface HeadRow {
  stream: string;
  sequence: number;
  at: number;
  bytes: number;
  consumers: string;
}

const HEAD = 'stream, sequence, at, bytes, consumers';
/** How many tellings are read at once, however small. */
const MOST_READ = 500;
const MOST_STREAMS = 1000;
const streamsIn = (table: string) => `WITH RECURSIVE named (name) AS (
    SELECT min(stream) FROM ${table}
    UNION ALL SELECT (SELECT min(stream) FROM ${table} WHERE stream > named.name) FROM named WHERE named.name IS NOT NULL)
  SELECT name FROM named WHERE name IS NOT NULL LIMIT ${MOST_STREAMS}`;
const SIZED = `SELECT sequence, bytes FROM outbox WHERE stream = ? AND sequence > ? ORDER BY sequence LIMIT ${MOST_READ}`;
const READ = `SELECT ${HEAD}, messages FROM outbox WHERE stream = ? AND sequence > ? AND sequence <= ? ORDER BY sequence`;
const MOVE = `INSERT INTO outbox_marks (stream, consumer, sequence) VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET sequence = max(sequence, excluded.sequence)`;
/** Of consumers that are no JSON, nobody can have anything. */
const PRUNE = `DELETE FROM outbox WHERE stream = ? AND CASE WHEN json_valid(consumers) THEN NOT EXISTS (
  SELECT 1 FROM json_each(consumers) AS waiting WHERE coalesce((SELECT sequence FROM outbox_marks
    WHERE stream = outbox.stream AND consumer = waiting.key), 0) < outbox.sequence) ELSE 1 END`;
const FORGET = `DELETE FROM outbox_marks WHERE stream = ? AND NOT EXISTS (SELECT 1 FROM outbox WHERE stream = ?)`;
const LOSE = `INSERT INTO outbox_losses (consumer, count) VALUES (?, ?)
  ON CONFLICT DO UPDATE SET count = count + excluded.count`;

const headFrom = ({ consumers, ...head }: HeadRow): TellingHead => ({ ...head, consumers: consumersIn(consumers) });

/** Keeps the outbox in SQLite. */
export class SqliteOutboxStore extends OutboxStore {
  private readonly rows: OutboxRows;

  constructor(private readonly db: SqliteConnection) {
    super();
    this.rows = new OutboxRows(db);
  }

  async append(tellings: readonly Telling[]): Promise<void> {
    if (tellings.length > 0) await this.db.write(() => this.rows.insert(tellings, () => true));
  }

  async streams(): Promise<string[]> {
    const [told, marked] = await Promise.all(
      ['outbox', 'outbox_marks'].map((table) => this.db.query<{ name: string }>(streamsIn(table), [])),
    );
    return [...new Set([...told!, ...marked!].map(({ name }) => name))].sort();
  }

  async read(stream: string, { after, bytes }: OutboxPage): Promise<StoredTelling[]> {
    const sized = await this.db.query<Pick<HeadRow, 'sequence' | 'bytes'>>(SIZED, [stream, after]);
    let last = after;
    for (let sum = 0, index = 0; index < sized.length && (index === 0 || sum + sized[index]!.bytes <= bytes); index++) {
      sum += sized[index]!.bytes;
      last = sized[index]!.sequence;
    }
    if (last === after) return [];
    const rows = await this.db.query<HeadRow & { messages: string }>(READ, [stream, after, last]);
    return rows.map(({ messages, bytes: _, ...head }) => ({
      ...head,
      consumers: consumersIn(head.consumers),
      messages: messagesIn(messages),
    }));
  }

  async marks(stream: string): Promise<Marks> {
    const sql = 'SELECT consumer AS name, sequence AS value FROM outbox_marks WHERE stream = ?';
    return this.named(sql, [stream]);
  }

  async settle(stream: string, marks: Marks, through: number): Promise<void> {
    await this.db.write(() => {
      for (const [consumer, sequence] of Object.entries(marks)) this.db.run(MOVE, [stream, consumer, sequence]);
      this.db.run('DELETE FROM outbox WHERE stream = ? AND sequence <= ?', [stream, through]);
    });
  }

  async prune(stream: string): Promise<void> {
    await this.db.write(() => {
      this.db.run(PRUNE, [stream]);
      this.db.run(FORGET, [stream, stream]);
    });
  }

  async size(): Promise<OutboxSize> {
    const sql = 'SELECT coalesce(sum(bytes), 0) AS bytes, min(at) AS oldest FROM outbox';
    return (await this.db.queryFirst<OutboxSize>(sql, []))!;
  }

  async oldest(limit: number): Promise<TellingHead[]> {
    return (await this.db.query<HeadRow>(`SELECT ${HEAD} FROM outbox ORDER BY at LIMIT ?`, [limit])).map(headFrom);
  }

  async giveUp(heads: readonly TellingHead[], lost: Marks): Promise<void> {
    await this.db.write(() => {
      for (const { stream, sequence } of heads)
        this.db.run('DELETE FROM outbox WHERE stream = ? AND sequence = ?', [stream, sequence]);
      for (const [consumer, count] of Object.entries(lost)) this.db.run(LOSE, [consumer, count]);
    });
  }

  losses(): Promise<Marks> {
    return this.named('SELECT consumer AS name, count AS value FROM outbox_losses', []);
  }

  private async named(sql: string, values: string[]): Promise<Marks> {
    const rows = await this.db.query<{ name: string; value: number }>(sql, values);
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  }
}
