import Database from 'libsql';
import { createConnection } from 'mongoose';
import { embeddedStorePath } from '../../src/settings/data-directory.js';

/** An entry of the trail as the store holds it. */
export interface RawEntry {
  organization: string;
  sequence: number;
  at: number;
  actor: string;
  action: string;
  objects: string[];
  body: string;
  hash: string;
  seal: string | null;
}

/** Checkpoints as the store holds them, whatever their members. */
export type RawMarks = Record<string, unknown>[];

/** What somebody with write access to the database can do, without our keys and programs. */
export interface RawTrail {
  entries(): Promise<RawEntry[]>;
  /** Replaces all entries with these. */
  replace(entries: readonly RawEntry[]): Promise<void>;
  /** The checkpoints, without the record of beginnings. */
  marks(): Promise<RawMarks>;
  replaceMarks(marks: RawMarks): Promise<void>;
  /** Forgets that any trail ever began. */
  forgetBirths(): Promise<void>;
}

/** Changes the store behind the program's back. */
export async function withRawTrail<Result>(
  storeUrl: string,
  work: (trail: RawTrail) => Promise<Result>,
): Promise<Result> {
  const path = embeddedStorePath(storeUrl);
  return path === null ? withMongo(storeUrl, work) : withSqlite(path, work);
}

async function withSqlite<Result>(path: string, work: (trail: RawTrail) => Promise<Result>): Promise<Result> {
  const db = new Database(path);
  db.pragma('busy_timeout = 5000');
  const all = (sql: string) => db.prepare(sql).all() as Record<string, unknown>[];
  const insert = (table: string, rows: readonly object[]) => {
    for (const row of rows) {
      const names = Object.keys(row);
      const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
      db.prepare(sql).run(Object.values(row));
    }
  };
  try {
    return await work({
      entries: () => {
        const objects = all('SELECT * FROM audit_objects');
        const of = (entry: Record<string, unknown>) =>
          objects.filter(
            (each) => each['organization'] === entry['organization'] && each['sequence'] === entry['sequence'],
          );
        return Promise.resolve(
          all('SELECT * FROM audit_entries ORDER BY organization, sequence').map(
            (entry) => ({ ...entry, objects: of(entry).map(({ object }) => object) }) as unknown as RawEntry,
          ),
        );
      },
      replace: (entries) => {
        db.exec('DELETE FROM audit_entries; DELETE FROM audit_objects');
        insert('audit_entries', entries.map(({ objects: _, ...entry }) => entry)); // prettier-ignore
        for (const { organization, sequence, objects } of entries)
          insert('audit_objects', objects.map((object) => ({ organization, object, sequence }))); // prettier-ignore
        return Promise.resolve();
      },
      marks: () => Promise.resolve(all('SELECT * FROM audit_checkpoints')),
      replaceMarks: (marks) => {
        db.exec('DELETE FROM audit_checkpoints');
        insert('audit_checkpoints', marks);
        return Promise.resolve();
      },
      forgetBirths: () => Promise.resolve(void db.exec('DELETE FROM audit_births')),
    });
  } finally {
    db.close();
  }
}

async function withMongo<Result>(url: string, work: (trail: RawTrail) => Promise<Result>): Promise<Result> {
  const connection = await createConnection(url).asPromise();
  const of = (name: string) => connection.collection<{ _id: string }>(name);
  const put = async (name: string, documents: readonly object[]) => {
    await of(name).deleteMany({});
    if (documents.length > 0) await of(name).insertMany(documents as never);
  };
  try {
    return await work({
      entries: async () => {
        const found = await of('audit').find().sort({ organization: 1, sequence: 1 }).toArray();
        return found.map(({ _id, ...entry }) => ({ seal: null, ...entry, hash: _id }) as unknown as RawEntry);
      },
      replace: (entries) => put('audit', entries.map(({ hash, ...entry }) => ({ _id: hash, ...entry }))), // prettier-ignore
      marks: () => of('auditCheckpoints').find().toArray(),
      replaceMarks: (marks) => put('auditCheckpoints', marks),
      forgetBirths: async () => void (await of('auditBirths').deleteMany({})),
    });
  } finally {
    await connection.close();
  }
}
