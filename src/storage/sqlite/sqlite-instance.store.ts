import { InstanceStore, type Instance } from '../../cluster/instance.store.js';
import { readableInstance } from '../readable-instance.js';
import { objectIn } from '../shape.js';
import type { SqliteConnection } from './sqlite-connection.js';

const PUT =
  'INSERT INTO instances (id, details) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET details = excluded.details';

const RAISE =
  'INSERT INTO start_limits (instance, until) VALUES (?, ?) ON CONFLICT (instance) DO UPDATE SET until = max(until, excluded.until)';

/** Keeps the entries of instances in SQLite. */
export class SqliteInstanceStore extends InstanceStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async put(instance: Instance): Promise<void> {
    await this.db.write(() => this.db.run(PUT, [instance.id, JSON.stringify(instance)]));
  }

  async list(): Promise<Instance[]> {
    const sql = 'SELECT id, details FROM instances ORDER BY id';
    const rows = await this.db.query<{ id: string; details: string }>(sql, []);
    return rows.map(({ id, details }) => readableInstance(id, () => objectIn(details) as unknown as Instance));
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const given = JSON.stringify(ids);
    await this.db.write(() => {
      this.db.run('DELETE FROM instances WHERE id IN (SELECT value FROM json_each(?))', [given]);
      this.db.run('DELETE FROM start_limits WHERE instance IN (SELECT value FROM json_each(?))', [given]);
    });
  }

  async raiseStartLimit(id: string, until: number): Promise<void> {
    await this.db.write(() => this.db.run(RAISE, [id, Math.floor(until)]));
  }

  async startLimits(ids: readonly string[]): Promise<Map<string, number>> {
    const sql = 'SELECT instance, until FROM start_limits WHERE instance IN (SELECT value FROM json_each(?))';
    const values = [JSON.stringify(ids)];
    const rows = await this.db.query<{ instance: string; until: number }>(sql, values);
    return new Map(rows.map(({ instance, until }) => [instance, until]));
  }
}
