import { InstanceStore, type Instance } from '../../cluster/instance.store.js';
import type { SqliteConnection } from './sqlite-connection.js';

const PUT =
  'INSERT INTO instances (id, details) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET details = excluded.details';

/** Keeps what the instances say of themselves in SQLite. */
export class SqliteInstanceStore extends InstanceStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async put(instance: Instance): Promise<void> {
    await this.db.write(() => this.db.run(PUT, [instance.id, JSON.stringify(instance)]));
  }

  async list(): Promise<Instance[]> {
    const sql = 'SELECT details FROM instances ORDER BY id';
    const rows = await this.db.read(() => this.db.all<{ details: string }>(sql, []));
    return rows.map(({ details }) => JSON.parse(details) as Instance);
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const sql = 'DELETE FROM instances WHERE id IN (SELECT value FROM json_each(?))';
    await this.db.write(() => this.db.run(sql, [JSON.stringify(ids)]));
  }
}
