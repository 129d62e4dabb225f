import { ApiKeyStore, type ApiKey, type ApiKeyPage } from '../../auth/api-key.store.js';
import { readableKey } from '../readable-key.js';
import { Conditions } from './conditions.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** Rows have the members of a key, except that the roles are JSON. */
type KeyRow = Omit<ApiKey, 'roles'> & { roles: string };

const SELECT = `SELECT id, organization, name, prefix, hash, roles, created_by AS createdBy, created_at AS createdAt,
  expires_at AS expiresAt, last_used_at AS lastUsedAt FROM api_keys`;
const INSERT = `INSERT INTO api_keys
  (id, organization, name, prefix, hash, roles, created_by, created_at, expires_at, last_used_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`;
const OWN = 'WHERE organization = ? AND id = ?';

const keyFrom = (row: KeyRow): ApiKey => readableKey(row, () => ({ ...row, roles: JSON.parse(row.roles) as string[] }));

/** Keeps API keys in SQLite. */
export class SqliteApiKeyStore extends ApiKeyStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async insert(key: ApiKey): Promise<void> {
    const { id, organization, name, prefix, hash, roles, createdBy, createdAt, expiresAt, lastUsedAt } = key;
    const values = [id, organization, name, prefix, hash, JSON.stringify(roles)];
    await this.db.write(() => this.db.run(INSERT, [...values, createdBy, createdAt, expiresAt, lastUsedAt]));
  }

  async list(organization: string, { after, limit }: ApiKeyPage): Promise<ApiKey[]> {
    const where = new Conditions().and('organization = ?', organization).and('id < ?', after);
    const sql = `${SELECT} WHERE ${where.text} ORDER BY id DESC LIMIT ?`;
    return (await this.db.query<KeyRow>(sql, [...where.values, limit])).map(keyFrom);
  }

  remove(organization: string, id: string): Promise<ApiKey | null> {
    return this.db.write(() => {
      const row = this.db.first<KeyRow>(`${SELECT} ${OWN}`, [organization, id]);
      this.db.run(`DELETE FROM api_keys ${OWN}`, [organization, id]);
      return row ? keyFrom(row) : null;
    });
  }

  async touch(organization: string, id: string, at: number): Promise<void> {
    await this.db.write(() => this.db.run(`UPDATE api_keys SET last_used_at = ? ${OWN}`, [at, organization, id]));
  }

  async find(prefix: string): Promise<ApiKey | null> {
    const row = await this.db.queryFirst<KeyRow>(`${SELECT} WHERE prefix = ?`, [prefix]);
    return row ? keyFrom(row) : null;
  }
}
