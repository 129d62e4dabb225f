import { SealedStore, type SealedSecrets } from '../../secrets/sealed.store.js';
import { readableSealed } from '../readable-sealed.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { NUMBER, TASKS } from './task-rows.js';

const SECRETS = "json_extract(details, '$.secrets')";
/** Of a text that is not JSON, nothing is extracted: it would fail the whole statement. */
const ofJson = (member: string): string =>
  `CASE WHEN json_valid(details) THEN json_extract(details, '$.${member}') END`;
const PAGE = `SELECT id AS taskId, organization, ${ofJson('secrets')} AS secrets, ${ofJson('definition')} AS definition
  FROM ${TASKS} WHERE id > ? AND coalesce(${ofJson('secrets')}, '') <> '{}' ORDER BY id LIMIT ?`;
const REPLACE = `UPDATE task_details SET details = json_set(details, '$.secrets', json(?))
  WHERE number = ${NUMBER} AND ${SECRETS} = ?`;

/** Reads and replaces sealed secrets in SQLite. */
export class SqliteSealedStore extends SealedStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async page(after: string, limit: number): Promise<SealedSecrets[]> {
    return (await this.db.query<Parameters<typeof readableSealed>[0]>(PAGE, [after, limit])).map(readableSealed);
  }

  async replace({ taskId, secrets: read }: SealedSecrets, secrets: Record<string, string>): Promise<boolean> {
    const values = [JSON.stringify(secrets), taskId, JSON.stringify(read)];
    return (await this.db.write(() => this.db.run(REPLACE, values))) === 1;
  }
}
