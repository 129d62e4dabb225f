import type { LedgerEntry } from '../domain/ledger.js';
import { reasonOf } from '../domain/unreadable.js';
import { instantOr, isInstant, isNumber, isText, oneOf, readable, type Shape } from './shape.js';

const ENTRY: Shape = {
  from: isInstant,
  to: isInstant,
  count: isNumber,
  outcome: oneOf(['skipped', 'missed', 'coalesced']),
  reason: isText,
};

/** The entry, or what stands for it where it cannot be read: something was told of this stretch. */
export function readableEntry(entry: LedgerEntry): LedgerEntry {
  return readable(
    () => entry,
    ENTRY,
    (error) => {
      const from = instantOr(entry.from, 0);
      const to = Math.max(from, instantOr(entry.to, from));
      const { organization, taskId } = entry;
      return {
        organization,
        taskId,
        from,
        to,
        count: 1,
        outcome: 'missed',
        reason: `(unreadable: ${reasonOf(error)})`,
      };
    },
  );
}
