import { LRUCache } from 'lru-cache';
import { dirname } from 'node:path';
import Database from 'libsql';
import type { Clock } from '../../clock/clock.js';
import { SystemClock } from '../../clock/system-clock.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import { makeFolder } from '../../settings/make-folder.js';
import type { Durability } from '../../settings/settings.js';
import { migrate } from './migrate.js';
import { makePrivate } from './private-file.js';
import type { Sql, SqlRow } from './sql.js';
import { asStoreError, isBusy } from './sqlite-errors.js';
import { WriteBatch } from './write-batch.js';

type Statement = ReturnType<Database.Database['prepare']>;

/** How long an operation tries to get past other connections before it gives up. */
const PATIENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 4;
/** 16 MB of pages in memory, 16 MB of log between checkpoints, at most 64 MB of log left on the disk. */
const SIZES = ['cache_size = -16384', 'wal_autocheckpoint = 4000', 'journal_size_limit = 67108864'];

/** One connection to a database file, shared by every adapter of the process. */
export class SqliteConnection implements Sql {
  /** Prepared statements by their text, which varies with filters and with how many values a list has. */
  private readonly statements = new LRUCache<string, Statement>({ max: 500 });
  private readonly writes = new WriteBatch((work) => this.untilFree(() => this.transaction('IMMEDIATE', work)));

  private constructor(
    private readonly path: string,
    private readonly database: Database.Database,
    readonly clock: Clock,
  ) {}

  /** Opens or makes the file and brings it to the current schema; rejects with a `StoreUnavailableError`. */
  static async open(
    path: string,
    clock: Clock = new SystemClock(),
    durability: Durability = 'full',
  ): Promise<SqliteConnection> {
    const connection = new SqliteConnection(path, await openFile(path), clock);
    try {
      await connection.untilFree(() => connection.prepareFile(durability));
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  /** Opens a file that another connection has prepared, and refuses every write to it; rejects with a `StoreUnavailableError`. */
  static async openForReading(path: string, clock: Clock = new SystemClock()): Promise<SqliteConnection> {
    const connection = new SqliteConnection(path, await openFile(path), clock);
    try {
      await connection.untilFree(() => connection.prepareReading());
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  /** Reads with one or more statements. */
  read<Result>(work: () => Result): Promise<Result> {
    return this.untilFree(work);
  }

  /**
   * Runs `work` in a transaction, together with the other writes of this turn, durable when it resolves. While another
   * process writes, `work` has not begun and the event loop is free; it may be begun again, so it must not change
   * anything outside the database.
   */
  write<Result>(work: () => Result): Promise<Result> {
    return this.writes.add(work);
  }

  run(sql: string, values: SqlRow): number {
    return this.statement(sql).run(values).changes;
  }

  all<Row>(sql: string, values: SqlRow): Row[] {
    return this.statement(sql).all(values) as Row[];
  }

  first<Row>(sql: string, values: SqlRow): Row | undefined {
    return this.all<Row>(sql, values)[0];
  }

  /** Closes the connection; every later operation rejects. May be called again. */
  close(): void {
    this.statements.clear();
    if (this.database.open) this.database.close();
  }

  private statement(sql: string): Statement {
    if (!this.database.open) throw new StoreUnavailableError(`The database ${this.path} is closed.`);
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.database.prepare(sql)));
    return statement;
  }

  private transaction<Result>(kind: 'IMMEDIATE' | 'EXCLUSIVE', work: () => Result): Result {
    this.run(`BEGIN ${kind}`, []);
    try {
      const result = work();
      this.run('COMMIT', []);
      return result;
    } catch (error) {
      if (this.database.inTransaction) this.run('ROLLBACK', []);
      throw error;
    }
  }

  /**
   * SQLite's own way of waiting blocks the thread for up to 100 ms at a time; whatever else its process does there would be late.
   * Hence no busy_timeout, but short pauses.
   */
  private async untilFree<Result>(work: () => Result): Promise<Result> {
    const begun = this.clock.monotonic();
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || this.clock.monotonic() - begun > PATIENCE_MS) throw asStoreError(error, this.path);
      }
      await this.clock.sleep(Math.random() * LONGEST_PAUSE_MS);
    }
  }

  private prepareReading(): void {
    for (const setting of ['busy_timeout = 0', 'query_only = ON', ...SIZES]) this.database.pragma(setting);
  }

  private prepareFile(durability: Durability): void {
    this.database.pragma('busy_timeout = 0');
    const [mode] = this.database.pragma('journal_mode = WAL') as { journal_mode: string }[];
    if (mode?.journal_mode !== 'wal') {
      throw new StoreUnavailableError(
        `The database ${this.path} cannot be used: its file system does not support WAL.`,
      );
    }
    this.database.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
    this.database.pragma('foreign_keys = OFF');
    for (const setting of SIZES) this.database.pragma(setting);
    this.transaction('EXCLUSIVE', () => migrate(this));
  }
}

async function openFile(path: string): Promise<Database.Database> {
  try {
    await makeFolder(dirname(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreUnavailableError(`The directory ${dirname(path)} for the database cannot be made (${code}).`, {
      cause: error,
    });
  }
  await makePrivate(path);
  try {
    return new Database(path);
  } catch (error) {
    throw asStoreError(error, path);
  }
}
