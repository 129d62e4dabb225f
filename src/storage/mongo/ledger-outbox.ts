import type { mongo } from 'mongoose';
import type { Claim } from '../../domain/claim.js';
import { insertMissing } from './bulk.js';
import { TASK_MARK, type TaskMark } from './claim-marks.js';
import { toLedgerDocument } from './ledger.document.js';
import type { MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';
import { boxEntries, type Box } from './outbox-entries.js';
import type { TaskDocument } from './task.document.js';

/** Copies ledger entries from the outboxes of tasks into the ledger, once each. */
export class LedgerOutbox {
  constructor(private readonly collections: MongoCollections) {}

  /** Records the ledger entries of claims that moved their tasks on with this token. */
  async complete(moved: Claim[], token: string): Promise<void> {
    const recorded = moved.filter(({ ledger }) => ledger.length > 0);
    if (recorded.length === 0) return;
    const entries = recorded.flatMap(({ ledger }) => ledger.map(toLedgerDocument));
    await insertMissing(this.collections.ledger, entries);
    const filter = { _id: { $in: recorded.map(({ taskId }) => taskId) }, 'outbox.token': token };
    await again(() => this.collections.tasks.updateMany(filter, { $unset: { outbox: '' } }));
  }

  /**
   * Completes outboxes that the claimers of these tasks did not complete, for example because they died. An entry that
   * cannot be read does not keep its task: the ledger says instead that there was one.
   */
  async empty(tasks: readonly TaskMark[]): Promise<void> {
    const boxes: Box[] = tasks.filter(({ outbox }) => outbox !== undefined) as Box[];
    await insertMissing(this.collections.ledger, boxes.flatMap(boxEntries));
    const writes = boxes.map((box) => ({
      updateOne: { filter: sameBox(box), update: { $unset: { outbox: '' as const } } },
    }));
    if (writes.length > 0) await again(() => this.collections.tasks.bulkWrite(writes, { ordered: false }));
  }

  /** The same for one task, before its ledger is read. */
  async settle(taskId: string): Promise<void> {
    const task = await this.collections.tasks.findOne({ _id: taskId }, { projection: TASK_MARK });
    if (task?.outbox !== undefined) await this.empty([task]);
  }
}

/** The condition that the outbox is the one that was read: by its token, or as a whole where it has none. */
function sameBox({ _id, outbox }: Box): mongo.Filter<TaskDocument> {
  const token = (outbox as { token?: unknown } | null)?.token;
  const isSame = typeof token === 'string' ? { 'outbox.token': token } : { outbox: { $eq: outbox } };
  return { _id, ...isSame } as mongo.Filter<TaskDocument>;
}
