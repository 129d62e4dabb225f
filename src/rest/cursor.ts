import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../domain/canonical-json.js';
import { InvalidInputError } from '../domain/errors.js';
import type { LedgerPosition } from '../ledger/merge-page.js';

/** How the places of a kind of list are written. */
export interface PositionForm<Position> {
  pattern: RegExp;
  read: (text: string) => Position;
  write: (position: Position) => string;
}

const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** Places of a list by id. */
export const BY_ID: PositionForm<string> = { pattern: new RegExp(`^${ID}$`), read: (id) => id, write: (id) => id };

/** Places of a list by sequence. */
export const BY_SEQUENCE: PositionForm<number> = { pattern: /^\d{1,15}$/, read: Number, write: String };

/** Places of a ledger. */
export const BY_OUTCOME: PositionForm<LedgerPosition> = {
  pattern: new RegExp(`^(|${ID})/(|-?\\d{1,16}:-?\\d{1,16})$`),
  read: ledgerPosition,
  write: ({ runId, entry }) => `${runId ?? ''}/${entry ? `${entry.from}:${entry.to}` : ''}`,
};

function ledgerPosition(text: string): LedgerPosition {
  const [runId, entry] = text.split('/') as [string, string];
  const [from, to] = entry.split(':').map(Number) as [number, number];
  return { runId: runId === '' ? null : runId, entry: entry === '' ? null : { from, to } };
}

/** A cursor as it is sent. Which list it belongs to is decided by `ListPlace`. */
export const cursorSchema = z
  .string()
  .max(300)
  .optional()
  .describe('nextCursor of the page before, of the same list and with the same filters.');

/** The query of a list: its filters, and which stretch is asked for. */
export interface ListQuery {
  limit: number;
  cursor?: string | undefined;
}

const MARK_LENGTH = 8;

/** Tells lists apart, and the same list with other filters. */
function markOf(list: string, { limit: _limit, cursor: _cursor, ...filters }: ListQuery): string {
  const text = canonicalJson([list, filters]);
  return createHash('sha256').update(text).digest('base64url').slice(0, MARK_LENGTH);
}

/** Where a list goes on, in cursors that belong to this list with these filters and to no other. */
export class ListPlace<Position> {
  /** After which the list goes on; undefined at its beginning. */
  readonly after: Position | undefined;
  private readonly mark: string;

  /** `list` is the name of the list, within all that there are. Throws an `InvalidInputError`. */
  constructor(
    private readonly form: PositionForm<Position>,
    list: string,
    query: ListQuery,
  ) {
    this.mark = markOf(list, query);
    this.after = query.cursor === undefined ? undefined : this.read(query.cursor);
  }

  /** Opaque to whoever gets it. */
  cursorAt(position: Position): string {
    return Buffer.from(`${this.mark}.${this.form.write(position)}`, 'utf8').toString('base64url');
  }

  private read(cursor: string): Position {
    const text = Buffer.from(cursor, 'base64url')
      .toString('utf8')
      .slice(MARK_LENGTH + 1);
    const position = this.form.pattern.test(text) ? this.form.read(text) : undefined;
    if (position !== undefined && this.cursorAt(position) === cursor) return position;
    const detail = 'is not a cursor of this list with these filters';
    throw new InvalidInputError([{ parameter: 'cursor', detail }]);
  }
}
