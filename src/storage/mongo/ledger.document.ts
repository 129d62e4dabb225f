import { Schema } from 'mongoose';
import type { LedgerEntry } from '../../domain/ledger.js';

export interface LedgerDocument extends LedgerEntry {
  _id: string;
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
  },
  { collection: 'ledger', versionKey: false },
);

/** The id follows from what the entry says, so that it cannot be written twice. */
export const toLedgerDocument = (entry: LedgerEntry): LedgerDocument => ({
  _id: `${entry.taskId}:${entry.from}:${entry.to}:${entry.outcome}`,
  organization: entry.organization,
  taskId: entry.taskId,
  from: entry.from,
  to: entry.to,
  count: entry.count,
  outcome: entry.outcome,
  reason: entry.reason,
});

export const toLedgerEntry = ({ _id, ...entry }: LedgerDocument): LedgerEntry => entry;
