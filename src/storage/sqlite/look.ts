import { setImmediate as turn } from 'node:timers/promises';
import type { Listing } from '../../scheduling/listing.js';
import { Conditions } from './conditions.js';
import type { SqliteConnection } from './sqlite-connection.js';
import type { SqlRow } from './sql.js';

/** How many rows one step looks at; between two of them whatever else is asked has its turn. */
const STEP = 1000;
/** When a look ends with what it has found: after so many rows, or so long. */
const MOST_STEPS = 10;
const MOST_MS = 20;

/** A way through the rows of a list in the order of its key, along an index. */
export interface Walk<Row, Key extends string | number> {
  /** What to select, and what from; the key is a column of the first table. */
  columns: string;
  from: string;
  key: string;
  order: 'ASC' | 'DESC';
  /** Holds of each row on the way, by the index. */
  along: Conditions;
  /** What each row on the way is tried by. */
  tried: Conditions;
  keyOf: (row: Row) => Key;
}

/**
 * Looks along the way for rows, as far as one look goes. What it costs is bounded whatever the rows are: where nothing
 * fits for long, it ends with the place that it has come to.
 */
export async function look<Row, Key extends string | number>(
  db: SqliteConnection,
  walk: Walk<Row, Key>,
  { after, limit }: { after?: Key | undefined; limit: number },
): Promise<Listing<Row, Key>> {
  const items: Row[] = [];
  let place: Key | undefined = after;
  let spentMs = 0;
  for (let steps = 1; ; steps++) {
    const begun = db.clock.monotonic();
    const { rows, last } = await db.read(() => step(db, walk, place, limit + 1 - items.length));
    items.push(...rows);
    if (items.length > limit) return { items: items.slice(0, limit), next: walk.keyOf(items[limit - 1]!) };
    if (last === null) return { items, next: null };
    spentMs += db.clock.monotonic() - begun;
    if (items.length === limit || steps === MOST_STEPS || spentMs >= MOST_MS) return { items, next: last };
    place = last;
    await turn();
  }
}

/** The rows that fit in the next step, and the last key of it; null where the way ends. */
function step<Row, Key extends string | number>(
  db: SqliteConnection,
  walk: Walk<Row, Key>,
  after: Key | undefined,
  limit: number,
): { rows: Row[]; last: Key | null } {
  const { columns, from, key, order, along, tried } = walk;
  const [beyond, upTo] = order === 'DESC' ? ['<', '>='] : ['>', '<='];
  const ahead = Conditions.of(along).and(`${key} ${beyond} ?`, after);
  const ordered = `ORDER BY ${key} ${order} LIMIT ?`;
  // Where nothing is tried, the rows themselves are the step.
  const size = tried.isEmpty ? limit : STEP;
  const ends = `SELECT ${key} AS last FROM ${from} WHERE ${ahead.text} ${ordered} OFFSET ?`;
  const last = tried.isEmpty ? null : (db.first<{ last: Key }>(ends, [...ahead.values, 1, size - 1])?.last ?? null);
  const within = ahead.and(`${key} ${upTo} ?`, last ?? undefined).and(tried.text, ...tried.values);
  const values: SqlRow = [...within.values, limit];
  return { rows: db.all<Row>(`SELECT ${columns} FROM ${from} WHERE ${within.text} ${ordered}`, values), last };
}
