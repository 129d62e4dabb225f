import { LRUCache } from 'lru-cache';
import Database from 'libsql/promise';
import type { Clock, Timer } from '../../clock/clock.js';
import { StoreUnavailableError, TooBroadError } from '../../domain/errors.js';
import type { SqlRow } from './sql.js';
import { isInterrupted } from './sqlite-errors.js';
import { untilFree } from './until-free.js';

interface Statement {
  all(values: SqlRow): Promise<unknown[]>;
}

/** How long one statement of a reader may take. */
export const LONGEST_MS = 2000;
/** An interruption has no effect on a statement that has not quite started; it is repeated after this time. */
const AGAIN_MS = 20;

/**
 * Runs readers' statements, one after the other, on a connection of their own. A statement runs on a thread of the
 * driver, so that this thread is free meanwhile and can interrupt it when it takes too long; the statements behind it
 * continue.
 */
export class TimedStatements {
  private readonly statements = new LRUCache<string, Statement>({ max: 500 });
  private last: Promise<unknown> = Promise.resolve();
  private isClosed = false;
  private isWorking = false;

  private constructor(
    private readonly path: string,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly longestMs: number,
  ) {}

  /** Opens an existing file. @throws StoreUnavailableError */
  static async open(
    path: string,
    settings: readonly string[],
    { clock, longestMs = LONGEST_MS }: { clock: Clock; longestMs?: number | undefined },
  ): Promise<TimedStatements> {
    const timed = new TimedStatements(path, new Database(path, {}), clock, longestMs);
    try {
      for (const setting of settings) await timed.inTurn(() => timed.prepared(`PRAGMA ${setting}`, []));
      return timed;
    } catch (error) {
      await timed.close();
      throw error;
    }
  }

  /** The rows of a statement. @throws TooBroadError when it takes too long, StoreUnavailableError */
  all<Row>(sql: string, values: SqlRow): Promise<Row[]> {
    // Materialises all rows before the first one is fetched; otherwise fetching would block this thread.
    const whole = `WITH answer AS MATERIALIZED (${sql}) SELECT * FROM answer`;
    return this.inTurn(() => this.timed(whole, values)) as Promise<Row[]>;
  }

  /** Interrupts the current statement and refuses the waiting ones; may be called repeatedly. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.interrupt();
    const again = this.interrupting(AGAIN_MS);
    await this.last;
    again.cancel();
    this.statements.clear();
    this.database.close();
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const made = this.last.then(() => {
      if (this.isClosed) throw new StoreUnavailableError(`The database ${this.path} is closed.`);
      return untilFree(this.clock, this.path, work);
    });
    this.last = made.catch(() => undefined);
    return made;
  }

  private async timed(sql: string, values: SqlRow): Promise<unknown[]> {
    const ending = this.interrupting(this.longestMs);
    this.isWorking = true;
    try {
      return await this.prepared(sql, values);
    } catch (error) {
      throw isInterrupted(error) && !this.isClosed ? new TooBroadError({ cause: error }) : error;
    } finally {
      this.isWorking = false;
      ending.cancel();
    }
  }

  private interrupt(): void {
    if (this.isWorking) this.database.interrupt();
  }

  /** Interrupts what is at work after this time, and again until it is cancelled. */
  private interrupting(delayMs: number): Pick<Timer, 'cancel'> {
    const again = (): void => {
      this.interrupt();
      timer = this.clock.after(AGAIN_MS, again);
    };
    let timer = this.clock.after(delayMs, again);
    return { cancel: () => timer.cancel() };
  }

  private async prepared(sql: string, values: SqlRow): Promise<unknown[]> {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = (await this.database.prepare(sql)) as Statement));
    return statement.all(values);
  }
}
