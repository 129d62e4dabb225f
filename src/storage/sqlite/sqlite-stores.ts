import { SystemClock } from '../../clock/system-clock.js';
import type { Durability } from '../../settings/settings.js';
import { SqliteConnection } from './sqlite-connection.js';
import { PORTS, type OpenStores } from './sqlite-ports.js';

/** The adapters themselves, which hold up the thread that they work on. */
export class SqliteStores implements OpenStores {
  private constructor(
    private readonly connection: SqliteConnection,
    readonly adapters: readonly object[],
  ) {}

  /** Opens or makes the file. @throws StoreUnavailableError */
  static async open(path: string, durability: Durability): Promise<SqliteStores> {
    return SqliteStores.over(await SqliteConnection.open(path, new SystemClock(), durability));
  }

  /** A further connection to a file that is open, which can only read. @throws StoreUnavailableError */
  static async openForReading(path: string): Promise<SqliteStores> {
    return SqliteStores.over(await SqliteConnection.openForReading(path));
  }

  private static over(connection: SqliteConnection): SqliteStores {
    return new SqliteStores(
      connection,
      PORTS.map(({ adapter: Adapter }) => new Adapter(connection)),
    );
  }

  close(): Promise<void> {
    this.connection.close();
    return Promise.resolve();
  }
}
