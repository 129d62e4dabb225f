import { z } from 'zod';
import type { LedgerPosition } from '../ledger/merge-page.js';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SEQUENCE = /^\d{1,15}$/;

/** Where a list goes on, as an opaque text. */
export const toCursor = (position: string): string => Buffer.from(position, 'utf8').toString('base64url');

function cursorOf(pattern: RegExp) {
  return z
    .string()
    .max(200)
    .transform((cursor, context) => {
      const position = Buffer.from(cursor, 'base64url').toString('utf8');
      if (pattern.test(position) && toCursor(position) === cursor) return position;
      context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
      return z.NEVER;
    })
    .describe('nextCursor of the page before.');
}

/** A cursor of a list by id. */
export const idCursorSchema = cursorOf(ID).optional();

/** A cursor of a list by sequence. */
export const sequenceCursorSchema = cursorOf(SEQUENCE).transform(Number).optional();

const LEDGER = /^(|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(|-?\d{1,16}:-?\d{1,16})$/;

/** Where a ledger goes on. */
export const toLedgerCursor = ({ runId, entry }: LedgerPosition): string =>
  toCursor(`${runId ?? ''}/${entry ? `${entry.from}:${entry.to}` : ''}`);

function ledgerPosition(text: string): LedgerPosition {
  const [runId, entry] = text.split('/') as [string, string];
  const [from, to] = entry.split(':').map(Number) as [number, number];
  return { runId: runId === '' ? null : runId, entry: entry === '' ? null : { from, to } };
}

/** A cursor of a ledger. */
export const ledgerCursorSchema = cursorOf(LEDGER).transform(ledgerPosition).optional();
