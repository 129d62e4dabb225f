import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../domain/canonical-json.js';
import { InvalidInputError } from '../../domain/errors.js';
import type { LedgerPosition } from '../../ledger/merge-page.js';

/** How the positions in a kind of list are written. */
export interface PositionForm<Position> {
  pattern: RegExp;
  read: (text: string) => Position;
  write: (position: Position) => string;
}

const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** Positions in a list by id. */
export const BY_ID: PositionForm<string> = { pattern: new RegExp(`^${ID}$`), read: (id) => id, write: (id) => id };

/** A list of up to six texts, numbers and nulls, as JSON. */
const VALUE = '(?:null|-?\\d{1,16}|"(?:[^"\\\\]|\\\\.)*")';
const PLACE = new RegExp(`^\\[${VALUE}(?:,${VALUE}){0,5}\\]$`, 's');

/** Positions in a sorted list of tasks, which only the store reads. */
export const BY_PLACE: PositionForm<string> = { pattern: PLACE, read: (text) => text, write: (text) => text };

/** Positions in a list by sequence. */
export const BY_SEQUENCE: PositionForm<number> = { pattern: /^\d{1,15}$/, read: Number, write: String };

/** Positions in a list of starts: when they are due (epoch ms), and of which task. */
export const BY_START: PositionForm<{ dueAt: number; taskId: string }> = {
  pattern: new RegExp(`^-?\\d{1,16}/${ID}$`),
  read: (text) => {
    const [dueAt, taskId] = text.split('/') as [string, string];
    return { dueAt: Number(dueAt), taskId };
  },
  write: ({ dueAt, taskId }) => `${dueAt}/${taskId}`,
};

/** Positions in a ledger. */
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

/** A cursor as the client sends it. `ListPlace` checks that it belongs to the list. */
export const cursorSchema = cursorOf(300);

/** The cursor of a list of tasks, which may hold a name. */
export const taskCursorSchema = cursorOf(2000);

function cursorOf(most: number) {
  return z
    .string()
    .max(most)
    .optional()
    .describe('The nextCursor of the previous page of the same list with the same filters.');
}

/** The query of a list: its filters, and the page that is asked for. */
export interface ListQuery {
  limit: number;
  cursor?: string | undefined;
}

const MARK_LENGTH = 8;

/** Distinguishes lists, and the same list with other filters. */
function markOf(list: string, { limit: _limit, cursor: _cursor, ...filters }: ListQuery): string {
  const text = canonicalJson([list, filters]);
  return createHash('sha256').update(text).digest('base64url').slice(0, MARK_LENGTH);
}

/** Where a list continues. Its cursors belong to this list with these filters and to no other. */
export class ListPlace<Position> {
  /** The position after which the list continues; undefined at its beginning. */
  readonly after: Position | undefined;
  private readonly mark: string;

  /** `list` is the name of the list, unique among all lists. Throws an `InvalidInputError`. */
  constructor(
    private readonly form: PositionForm<Position>,
    list: string,
    query: ListQuery,
  ) {
    this.mark = markOf(list, query);
    this.after = query.cursor === undefined ? undefined : this.read(query.cursor);
  }

  /** The cursor of a position, opaque to clients. */
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
