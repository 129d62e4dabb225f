import { type mongo, Schema } from 'mongoose';
import { readableEntry } from '../readable-ledger.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import type { LedgerRange } from '../../scheduling/ports/run.store.js';
import { digitsOf, REACHES } from '../ledger-reach.js';

export interface LedgerDocument extends LedgerEntry {
  _id: string;
  /** How far it reaches (`digitsOf`); missing where an older program stored it. */
  digits?: number;
}

export const ledgerSchema = new Schema(
  {
    _id: { type: String, required: true },
    organization: { type: String, required: true },
    taskId: { type: String, required: true },
    from: { type: Number, required: true },
    to: { type: Number, required: true },
    count: { type: Number, required: true },
    outcome: { type: String, required: true },
    reason: { type: String, required: true },
    digits: Number,
  },
  { collection: 'ledger', versionKey: false },
);

/** The id follows from the entry's content, so that it cannot be written twice. */
export const ledgerId = ({
  taskId,
  from,
  to,
  outcome,
}: Pick<LedgerEntry, 'taskId' | 'from' | 'to' | 'outcome'>): string => `${taskId}:${from}:${to}:${outcome}`;

export const toLedgerDocument = (entry: LedgerEntry): LedgerDocument => ({
  _id: ledgerId(entry),
  organization: entry.organization,
  taskId: entry.taskId,
  from: entry.from,
  to: entry.to,
  count: entry.count,
  outcome: entry.outcome,
  reason: entry.reason,
  digits: digitsOf(entry),
});

export const toLedgerEntry = ({ _id, digits: _digits, ...entry }: LedgerDocument): LedgerEntry => readableEntry(entry);

type Query = mongo.Filter<LedgerDocument>;

const laterThan = ({ after }: LedgerRange): Query =>
  after ? { $or: [{ from: { $gt: after.from } }, { from: after.from, to: { $gt: after.to } }] } : {};

/** The entries of one task that begin in the range. */
export function beginningIn(own: Query, range: LedgerRange): Query {
  const begin = Math.max(range.from, range.after?.from ?? range.from);
  return { ...own, from: { $gte: begin, $lt: range.before }, ...laterThan(range) };
}

/** The entries of one task that begin before the range and reach into it; each branch is a short stretch of the index. */
export function reachingInto(own: Query, range: LedgerRange): Query {
  const { from, before } = range;
  const earlier = { $lt: Math.min(from, before) };
  const measured = REACHES.map(({ digits, below }) => ({ ...own, digits, from: { ...earlier, $gt: from - below } }));
  const unmeasured = { ...own, digits: { $exists: false }, from: earlier };
  return { $and: [{ $or: [...measured, unmeasured] }, { to: { $gte: from } }, laterThan(range)] };
}
