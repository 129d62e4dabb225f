import { reasonOf } from '../../domain/unreadable.js';
import { instantOr, isInstant, isNumber, isObject, isText, readable, type Shape } from '../shape.js';
import type { LedgerDocument } from './ledger.document.js';
import type { TaskDocument } from './task.document.js';

/** A task with something in its outbox, whatever that is. */
export type Box = Pick<TaskDocument, '_id' | 'organization' | 'claimedUntil'> & { outbox: unknown };
type Place = Pick<LedgerDocument, 'taskId' | 'organization'> & { at: number };

const ENTRY: Shape = {
  _id: isText,
  organization: isText,
  taskId: isText,
  from: isInstant,
  to: isInstant,
  count: isNumber,
  outcome: isText,
  reason: isText,
};

/** The ledger entries in the outbox of a task; for one that cannot be read, an entry that says so. */
export function boxEntries({ _id: taskId, organization, claimedUntil, outbox }: Box): LedgerDocument[] {
  const entries: unknown = isObject(outbox) ? outbox['entries'] : undefined;
  const listed: unknown[] = Array.isArray(entries) ? entries : [entries];
  return listed.map((entry, index) =>
    readable(
      () => own(entry as LedgerDocument, taskId, organization),
      ENTRY,
      (error) => standIn({ taskId, organization, at: instantOr(claimedUntil, 0) }, index, error),
    ),
  );
}

/** @throws TypeError when the entry is of another task, in whose ledger it must not come to stand */
function own(entry: LedgerDocument, taskId: string, organization: string): LedgerDocument {
  if (!isObject(entry)) throw new TypeError('it is not an object');
  if (entry.taskId !== taskId || entry.organization !== organization) throw new TypeError('it is of another task');
  return entry;
}

/** Of which occurrence it was is not known: it stands where the task was claimed last. */
function standIn({ taskId, organization, at }: Place, index: number, error: unknown): LedgerDocument {
  return {
    _id: `${taskId}:${at}:unreadable:${index}`,
    organization,
    taskId,
    from: at,
    to: at,
    count: 1,
    outcome: 'missed',
    reason: `(unreadable: ${reasonOf(error)})`,
    digits: 1,
  };
}
