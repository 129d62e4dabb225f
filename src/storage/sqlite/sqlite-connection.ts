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
import { asStoreError } from './sqlite-errors.js';
import { TimedStatements } from './timed-statements.js';
import { untilFree } from './until-free.js';
import { WriteBatch } from './write-batch.js';

type Statement = ReturnType<Database.Database['prepare']>;

/** 16 MB of pages in memory, 16 MB of log between checkpoints, at most 64 MB of log left on the disk. */
const SIZES = ['cache_size = -16384', 'wal_autocheckpoint = 4000', 'journal_size_limit = 67108864'];
/** The settings of a connection for reading; sorting needs no file. */
const FOR_READING = ['busy_timeout = 0', 'query_only = ON', 'temp_store = MEMORY', ...SIZES];

/** One connection to a database file, shared by every adapter of the process. */
export class SqliteConnection implements Sql {
  /** Prepared statements by text; the text varies with filters and with the length of lists. */
  private readonly statements = new LRUCache<string, Statement>({ max: 500 });
  private readonly writes = new WriteBatch((work) => this.untilFree(() => this.transaction('IMMEDIATE', work)));

  private constructor(
    readonly path: string,
    private readonly database: Database.Database,
    readonly clock: Clock,
    /** Runs the queries of readers. */
    private readonly timed: TimedStatements | null = null,
  ) {}

  /** Opens or creates the file and migrates it to the current schema; rejects with a `StoreUnavailableError`. */
  static async open(
    path: string,
    clock: Clock = new SystemClock(),
    durability: Durability = 'full',
  ): Promise<SqliteConnection> {
    const connection = new SqliteConnection(path, await openFile(path), clock);
    try {
      await connection.untilFree(() => connection.prepareFile(durability));
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  /**
   * Opens a file that another connection has prepared, for reading only; a query that takes longer than `longestMs`
   * (default 2 s) rejects with a `TooBroadError`. Rejects with a `StoreUnavailableError`.
   */
  static async openForReading(
    path: string,
    clock: Clock = new SystemClock(),
    longestMs?: number,
  ): Promise<SqliteConnection> {
    const database = await openFile(path);
    try {
      const timed = await TimedStatements.open(path, FOR_READING, { clock, longestMs });
      const connection = new SqliteConnection(path, database, clock, timed);
      await connection.untilFree(() => connection.set(FOR_READING));
      return connection;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Whether nothing can be written over it. */
  get isForReading(): boolean {
    return this.timed !== null;
  }

  /** The rows of a reading statement. */
  query<Row>(sql: string, values: SqlRow): Promise<Row[]> {
    return this.timed?.all<Row>(sql, values) ?? this.untilFree(() => this.all<Row>(sql, values));
  }

  /** The first row of a reading statement. */
  async queryFirst<Row>(sql: string, values: SqlRow): Promise<Row | undefined> {
    return (await this.query<Row>(sql, values))[0];
  }

  /**
   * Runs `work` in a transaction, together with the other writes of this turn; durable when it resolves. While another
   * process writes, `work` has not started and the event loop is free. `work` may be started again, so it must not
   * change anything outside the database.
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

  /** Closes the connection; every later operation rejects. May be called repeatedly. */
  async close(): Promise<void> {
    this.statements.clear();
    if (this.database.open) this.database.close();
    await this.timed?.close();
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

  private untilFree<Result>(work: () => Result): Promise<Result> {
    return untilFree(this.clock, this.path, work);
  }

  private set(settings: readonly string[]): void {
    for (const setting of settings) this.database.pragma(setting);
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
    this.set(SIZES);
    this.transaction('EXCLUSIVE', () => migrate(this));
  }
}

async function openFile(path: string): Promise<Database.Database> {
  try {
    await makeFolder(dirname(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreUnavailableError(`The directory ${dirname(path)} for the database cannot be created (${code}).`, {
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
