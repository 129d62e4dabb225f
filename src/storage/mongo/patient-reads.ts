import type { mongo } from 'mongoose';
import { again } from './mongo-errors.js';

type Method = (...given: unknown[]) => unknown;
type Cursor = Pick<mongo.FindCursor, 'toArray' | 'rewind'>;

const ANSWERED_AT_ONCE = new Set<string | symbol>(['findOne', 'countDocuments']);
const READ_BY_CURSOR = new Set<string | symbol>(['find', 'aggregate']);

/** The collection; what is read in one piece is read again, a little later, while the failure is transient. The driver does so once, and at once. */
export const patientReads = (collection: mongo.Collection): mongo.Collection =>
  new Proxy(collection, {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as Method;
      if (ANSWERED_AT_ONCE.has(name)) return (...given: unknown[]) => again(async () => method(...given));
      if (READ_BY_CURSOR.has(name)) return (...given: unknown[]) => patientCursor(method(...given) as Cursor);
      return method;
    },
  });

function patientCursor(cursor: Cursor): Cursor {
  const toArray = cursor.toArray.bind(cursor);
  cursor.toArray = () =>
    again(() => {
      cursor.rewind();
      return toArray();
    });
  return cursor;
}
