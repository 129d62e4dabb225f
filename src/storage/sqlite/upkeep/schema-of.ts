import { UpkeepRefusedError, type Schema } from '../../upkeep.js';
import { MIGRATIONS } from '../migrate.js';
import type { WholeFile } from './whole-file.js';

/** Which schema a file has. @throws UpkeepRefusedError when it is no store of the runner */
export async function schemaOf(file: WholeFile): Promise<Schema> {
  const [table] = await file.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_versions'");
  if (!table) throw new UpkeepRefusedError(`${file.path} is not a store of the runner.`);
  const [versions] = await file.rows<{ version: number; needed: number }>(
    `SELECT (SELECT coalesce(max(version), 0) FROM schema_versions) AS version, user_version AS needed
     FROM pragma_user_version`,
  );
  const { version, needed } = versions!;
  const pending = MIGRATIONS.filter((step) => step.version > version).map(({ breaks = false, ...step }) => ({
    ...step,
    breaks,
  }));
  return { version, needed, newest: MIGRATIONS.at(-1)!.version, pending };
}

/** As `schemaOf`, of a file that this program can use. @throws UpkeepRefusedError */
export async function usableSchemaOf(file: WholeFile): Promise<Schema> {
  const schema = await schemaOf(file);
  if (schema.needed <= schema.newest) return schema;
  throw new UpkeepRefusedError(
    `${file.path} needs a newer version of the runner: its schema is ${schema.needed} or later, and this one knows up to ${schema.newest}.`,
  );
}
