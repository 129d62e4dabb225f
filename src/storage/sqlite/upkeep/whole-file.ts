import { stat } from 'node:fs/promises';
import Database from 'libsql/promise';
import type { Clock } from '../../../clock/clock.js';
import { StoreUnavailableError } from '../../../domain/errors.js';
import { UpkeepRefusedError } from '../../upkeep.js';
import type { SqlRow } from '../sql.js';
import { asStoreError } from '../sqlite-errors.js';
import { untilFree } from '../until-free.js';

interface Statement {
  all(values: SqlRow): Promise<unknown[]>;
}

/** How many faults of a damaged file are told. */
const MOST_FAULTS = 3;

/** A connection for work on a file as a whole. Its statements run on a thread of the driver. */
export class WholeFile {
  private constructor(
    readonly path: string,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Opens a file that is there. @throws UpkeepRefusedError, StoreUnavailableError */
  static async open(path: string, clock: Clock): Promise<WholeFile> {
    // The driver would make it.
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) throw new UpkeepRefusedError(`There is no file ${path}.`);
    try {
      const file = new WholeFile(path, new Database(path, {}), clock);
      await file.run('PRAGMA busy_timeout = 0');
      return file;
    } catch (error) {
      throw asStoreError(error, path);
    }
  }

  /** Opens a file, does the work, and closes it. */
  static async with<Result>(path: string, clock: Clock, work: (file: WholeFile) => Promise<Result>): Promise<Result> {
    const file = await WholeFile.open(path, clock);
    try {
      return await work(file);
    } finally {
      file.close();
    }
  }

  rows<Row>(sql: string, values: SqlRow = []): Promise<Row[]> {
    return untilFree(this.clock, this.path, async () => {
      const statement = (await this.database.prepare(sql)) as unknown as Statement;
      return (await statement.all(values)) as Row[];
    });
  }

  /** Runs a statement once; rejects with the driver's error, also when the file is busy. */
  async run(sql: string): Promise<void> {
    await this.database.exec(sql);
  }

  /** Runs a statement as soon as others let it. @throws StoreUnavailableError */
  runWhenFree(sql: string): Promise<void> {
    return untilFree(this.clock, this.path, () => this.run(sql));
  }

  /** How many bytes its pages have, and how many of these are free. */
  async size(): Promise<{ bytes: number; free: number }> {
    const [size] = await this.rows<{ bytes: number; free: number }>(
      `SELECT page_size * page_count AS bytes, page_size * freelist_count AS free
       FROM pragma_page_size, pragma_page_count, pragma_freelist_count`,
    );
    return size!;
  }

  /** Reads all of it. @throws StoreUnavailableError when something is wrong with it */
  async check(): Promise<void> {
    const found = await this.rows<{ integrity_check: string }>(`PRAGMA integrity_check(${MOST_FAULTS})`);
    const faults = found.map((row) => row.integrity_check).filter((text) => text !== 'ok');
    if (faults.length > 0) throw new StoreUnavailableError(`The file ${this.path} is damaged: ${faults.join('; ')}.`);
  }

  close(): void {
    this.database.close();
  }
}

/** A text within a statement. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
