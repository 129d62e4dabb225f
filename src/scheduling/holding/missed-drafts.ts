import type { LedgerEntry } from '../../domain/ledger.js';
import { missedMessage } from '../../domain/lifecycle-message.js';
import type { Task } from '../../domain/task.js';
import type { Draft } from '../../outbox/outbox.js';

/** What is to be told of entries that are written into the task's ledger at `now` (epoch ms). */
export const missedDrafts = (task: Task, ledger: readonly LedgerEntry[], now: number): Draft[] =>
  ledger.flatMap((entry) => {
    const message = missedMessage(task, entry, now);
    const { from, to, outcome } = entry;
    return message ? [{ message, subject: task.id, ledger: { from, to, outcome } }] : [];
  });
