import { StoreHealth } from '../store-health.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** Checks that the database file can be written, as on a disk that is not full; on a connection for readers, that it can be read. */
export class SqliteStoreHealth extends StoreHealth {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async ping(): Promise<void> {
    if (this.db.isForReading) await this.db.queryFirst('SELECT version FROM schema_versions', []);
    else await this.db.write(() => this.db.run('UPDATE schema_versions SET version = version WHERE version = 1', []));
  }
}
