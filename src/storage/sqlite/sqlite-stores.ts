import { SystemClock } from '../../clock/system-clock.js';
import type { Durability } from '../../settings/settings.js';
import { SqliteConnection } from './sqlite-connection.js';
import { adapted, type Stores } from '../ports.js';
import { SQLITE_ADAPTERS, type OpenStores } from './sqlite-adapters.js';

/** The adapters themselves, which block the thread that they run on. */
export class SqliteStores implements OpenStores {
  private constructor(
    private readonly connection: SqliteConnection,
    readonly ports: Stores,
  ) {}

  /** Opens or creates the file. @throws StoreUnavailableError */
  static async open(path: string, durability: Durability): Promise<SqliteStores> {
    return SqliteStores.over(await SqliteConnection.open(path, new SystemClock(), durability));
  }

  /** Another connection to an open file, for reading only. @throws StoreUnavailableError */
  static async openForReading(path: string): Promise<SqliteStores> {
    return SqliteStores.over(await SqliteConnection.openForReading(path));
  }

  private static over(connection: SqliteConnection): SqliteStores {
    return new SqliteStores(connection, adapted(SQLITE_ADAPTERS, connection));
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
