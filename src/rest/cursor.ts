import { z } from 'zod';

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
