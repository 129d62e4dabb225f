import { SettingsError } from '../domain/errors.js';
import { embeddedStorePath } from '../settings/data-directory.js';
import type { ServerExamination, StoreUpkeep } from './upkeep.js';

const ELSEWHERE =
  'This is for the embedded store (file:…). MongoDB has programs of its own for it, such as mongodump; docs/operations.md says how to use them.';

/** @throws SettingsError when the store has no file of its own */
export async function upkeepOf(storeUrl: string): Promise<StoreUpkeep> {
  const path = embeddedStorePath(storeUrl);
  if (path === null) throw new SettingsError(ELSEWHERE);
  const { SqliteUpkeep } = await import('./sqlite/upkeep/sqlite-upkeep.js');
  return new SqliteUpkeep(path);
}

/** What looks at a store in MongoDB; null for an embedded one. */
export async function mongoExaminationOf(storeUrl: string): Promise<ServerExamination | null> {
  if (!/^mongodb(\+srv)?:/.test(storeUrl)) return null;
  const { MongoExamination } = await import('./mongo/mongo-examination.js');
  return new MongoExamination(storeUrl);
}
