import { sizeOf, type Telling } from '../../domain/telling.js';
import type { Sql } from './sql.js';

const INSERT = `INSERT INTO outbox (stream, sequence, at, bytes, consumers, messages) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`;

/** Writes what is told of changes, inside the caller's transaction. */
export class OutboxRows {
  constructor(private readonly db: Sql) {}

  /** Stores the messages about changes that were made: of those subjects that `isMade` accepts. */
  insert(tellings: readonly Telling[] | undefined, isMade: (subject: string) => boolean): void {
    for (const telling of tellings ?? []) {
      const messages = telling.messages.filter(({ subject }) => subject === null || isMade(subject));
      if (messages.length > 0) this.put({ ...telling, messages });
    }
  }

  private put(telling: Telling): void {
    const { stream, sequence, at, consumers, messages } = telling;
    const bodies = `[${messages.map(({ body }) => body).join(',')}]`;
    this.db.run(INSERT, [stream, sequence, at, sizeOf(telling), JSON.stringify(consumers), bodies]);
  }
}
