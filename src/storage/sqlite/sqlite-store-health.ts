import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreHealth, type StoreFigures } from '../store-health.js';
import type { SqliteConnection } from './sqlite-connection.js';

interface Pages {
  size: number;
  pages: number;
  free: number;
}

/** Checks that the database file can be written, as on a disk that is not full; on a connection for readers, that it can be read. */
export class SqliteStoreHealth extends StoreHealth {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async ping(): Promise<void> {
    if (this.db.isForReading) await this.db.queryFirst('SELECT version FROM schema_versions', []);
    else await this.db.write(() => this.db.run('UPDATE schema_versions SET version = version WHERE version = 1', []));
  }

  async figures(): Promise<StoreFigures> {
    const { size, pages, free } = (await this.db.queryFirst<Pages>(
      `SELECT page_size AS size, page_count AS pages, freelist_count AS free
       FROM pragma_page_size, pragma_page_count, pragma_freelist_count`,
      [],
    ))!;
    // There is none before the first write.
    const walBytes = await stat(`${this.db.path}-wal`).then(
      (found) => found.size,
      () => 0,
    );
    const { bavail, bsize } = await statfs(dirname(this.db.path));
    const file = { bytes: size * pages, freeBytes: size * free, walBytes, diskFreeBytes: bavail * bsize };
    return { clockAt: null, file };
  }
}
