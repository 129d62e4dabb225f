import { StoreHealth } from '../store-health.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** Tells whether the database file can be read. */
export class SqliteStoreHealth extends StoreHealth {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async ping(): Promise<void> {
    await this.db.read(() => this.db.first('SELECT version FROM schema_versions', []));
  }
}
