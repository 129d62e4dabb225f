import { setImmediate as turn } from 'node:timers/promises';
import type { Listing } from '../../domain/listing.js';
import { Conditions } from './conditions.js';
import type { SqliteConnection } from './sqlite-connection.js';
import type { SqlRow } from './sql.js';

/** How many rows one step checks; between two steps, other queries get their turn. */
export const STEP = 1000;
/** A look ends after this many steps or milliseconds, with what it has found. */
export const MOST_STEPS = 10;
export const MOST_MS = 20;

/** A walk through the rows of a list in the order of its key, along an index. */
export interface Walk<Row, Key extends string | number> {
  /** The columns to select, and the table of the key and of the walk. */
  columns: string;
  from: string;
  /** The other tables of the rows, which are not read to find where a step ends. */
  joined?: string;
  key: string;
  order: 'ASC' | 'DESC';
  /** The condition for rows on the walk, answered by the index. */
  along: Conditions;
  /** The condition that each row on the walk is tested with. */
  tried: Conditions;
  keyOf: (row: Row) => Key;
  /** How many rows one step tests, where a test costs more than usual. */
  step?: number;
}

/**
 * Walks along the index for matching rows, within the limits of one look. The cost is bounded whatever the rows are: if
 * nothing matches for long, the look ends with the position that it has reached.
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
    const { rows, last } = await step(db, walk, place, limit + 1 - items.length);
    items.push(...rows);
    if (items.length > limit) return { items: items.slice(0, limit), next: walk.keyOf(items[limit - 1]!) };
    if (last === null) return { items, next: null };
    spentMs += db.clock.monotonic() - begun;
    if (items.length === limit || steps === MOST_STEPS || spentMs >= MOST_MS) return { items, next: last };
    place = last;
    await turn();
  }
}

/** The matching rows of the next step, and the step's last key; null at the end of the walk. */
async function step<Row, Key extends string | number>(
  db: SqliteConnection,
  walk: Walk<Row, Key>,
  after: Key | undefined,
  limit: number,
): Promise<{ rows: Row[]; last: Key | null }> {
  const { columns, from, joined = '', key, order, along, tried } = walk;
  const [beyond, upTo] = order === 'DESC' ? ['<', '>='] : ['>', '<='];
  const ahead = Conditions.of(along).and(`${key} ${beyond} ?`, after);
  const ordered = `ORDER BY ${key} ${order} LIMIT ?`;
  // Without a condition to test, the rows themselves are the step.
  const size = tried.isEmpty ? limit : (walk.step ?? STEP);
  const ends = `SELECT ${key} AS last FROM ${from} WHERE ${ahead.text} ${ordered} OFFSET ?`;
  const end = tried.isEmpty ? undefined : await db.queryFirst<{ last: Key }>(ends, [...ahead.values, 1, size - 1]);
  const last = end?.last ?? null;
  const within = ahead.and(`${key} ${upTo} ?`, last ?? undefined).and(tried.text, ...tried.values);
  const values: SqlRow = [...within.values, limit];
  const rows = `SELECT ${columns} FROM ${from} ${joined} WHERE ${within.text} ${ordered}`;
  return { rows: await db.query<Row>(rows, values), last };
}
