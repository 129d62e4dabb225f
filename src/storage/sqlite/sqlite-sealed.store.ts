import { SealedStore, type SealedSecrets } from '../../secrets/sealed.store.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { NUMBER, TASKS } from './task-rows.js';

const SECRETS = "json_extract(details, '$.secrets')";
const PAGE = `SELECT id, organization, ${SECRETS} AS secrets, json_extract(details, '$.definition') AS definition FROM ${TASKS}
  WHERE id > ? AND ${SECRETS} <> '{}' ORDER BY id LIMIT ?`;
const REPLACE = `UPDATE task_details SET details = json_set(details, '$.secrets', json(?))
  WHERE number = ${NUMBER} AND ${SECRETS} = ?`;

/** Reads and replaces sealed secrets in SQLite. */
export class SqliteSealedStore extends SealedStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async page(after: string, limit: number): Promise<SealedSecrets[]> {
    type Row = { id: string; organization: string; secrets: string; definition: string };
    const rows = await this.db.read(() => this.db.all<Row>(PAGE, [after, limit]));
    return rows.map(({ id, organization, secrets, definition }) => ({
      organization,
      taskId: id,
      secrets: JSON.parse(secrets) as Record<string, string>,
      definition: JSON.parse(definition) as SealedSecrets['definition'],
    }));
  }

  async replace({ taskId, secrets: read }: SealedSecrets, secrets: Record<string, string>): Promise<boolean> {
    const values = [JSON.stringify(secrets), taskId, JSON.stringify(read)];
    return (await this.db.write(() => this.db.run(REPLACE, values))) === 1;
  }
}
