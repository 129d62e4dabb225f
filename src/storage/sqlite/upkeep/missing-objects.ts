import Database from 'libsql';
import { migrate } from '../migrate.js';
import type { Sql } from '../sql.js';
import type { WholeFile } from './whole-file.js';

const OBJECTS = "SELECT type || ' ' || name AS object FROM sqlite_master WHERE sql IS NOT NULL";

/** The tables, indexes and triggers of this program's schema that a file does not have. */
export async function missingObjects(file: WholeFile): Promise<string[]> {
  const there = new Set((await file.rows<{ object: string }>(OBJECTS)).map(({ object }) => object));
  return expectedObjects().filter((object) => !there.has(object));
}

function expectedObjects(): string[] {
  const database = new Database(':memory:');
  const sql: Sql = {
    run: (text, values) => database.prepare(text).run(values).changes,
    all: <Row>(text: string, values: unknown[]) => database.prepare(text).all(values) as Row[],
    first: <Row>(text: string, values: unknown[]) => database.prepare(text).all(values)[0] as Row | undefined,
  };
  migrate(sql);
  return sql.all<{ object: string }>(OBJECTS, []).map(({ object }) => object);
}
