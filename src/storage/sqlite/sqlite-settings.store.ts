import { SettingsStore, type StoredUnder } from '../../organizations/settings.store.js';
import { readableSettings } from '../readable-settings.js';
import type { SqliteConnection } from './sqlite-connection.js';

const GET = 'SELECT version, settings FROM organization_settings WHERE organization = ?';
const LIST =
  'SELECT organization, version, settings FROM organization_settings WHERE organization > ? ORDER BY organization LIMIT ?';
const ADD =
  'INSERT INTO organization_settings (organization, version, settings) VALUES (?, 1, ?) ON CONFLICT DO NOTHING';
const REPLACE =
  'UPDATE organization_settings SET version = version + 1, settings = ? WHERE organization = ? AND version = ?';

/** Keeps the settings of organizations in SQLite. */
export class SqliteSettingsStore extends SettingsStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async get(key: string): Promise<StoredUnder | null> {
    const row = await this.db.queryFirst<{ version: number; settings: string }>(GET, [key]);
    return row ? readableSettings(row) : null;
  }

  async list(after: string, limit: number): Promise<(StoredUnder & { key: string })[]> {
    const rows = await this.db.query<{ organization: string; version: number; settings: string }>(LIST, [after, limit]);
    return rows.map(({ organization: key, ...row }) => ({ key, ...readableSettings(row) }));
  }

  async put(key: string, settings: object, version: number): Promise<boolean> {
    const text = JSON.stringify(settings);
    const changed = await this.db.write(() =>
      version === 0 ? this.db.run(ADD, [key, text]) : this.db.run(REPLACE, [text, key, version]),
    );
    return changed === 1;
  }
}
