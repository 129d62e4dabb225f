import type { Claim } from '../../scheduling/run.store.js';
import { insertMissing } from './bulk.js';
import { TASK_MARK, type TaskMark } from './claim-marks.js';
import { toLedgerDocument } from './ledger.document.js';
import type { MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';

/** Copies ledger entries from the tasks that they became true with into the ledger, once each. */
export class LedgerOutbox {
  constructor(private readonly collections: MongoCollections) {}

  /** Records the ledger of claims that moved their tasks on under this token. */
  async complete(moved: Claim[], token: string): Promise<void> {
    const recorded = moved.filter(({ ledger }) => ledger.length > 0);
    if (recorded.length === 0) return;
    const entries = recorded.flatMap(({ ledger }) => ledger.map(toLedgerDocument));
    await insertMissing(this.collections.ledger, entries);
    const filter = { _id: { $in: recorded.map(({ taskId }) => taskId) }, 'outbox.token': token };
    await again(() => this.collections.tasks.updateMany(filter, { $unset: { outbox: '' } }));
  }

  /** Completes what claimers of these tasks have not completed, or did not live to. */
  async empty(tasks: TaskMark[]): Promise<void> {
    const boxes = tasks.flatMap(({ _id, outbox }) => (outbox ? [{ _id, ...outbox }] : []));
    const entries = boxes.flatMap((box) => box.entries);
    await insertMissing(this.collections.ledger, entries);
    const writes = boxes.map(({ _id, token }) => ({
      updateOne: { filter: { _id, 'outbox.token': token }, update: { $unset: { outbox: '' as const } } },
    }));
    await again(() => this.collections.tasks.bulkWrite(writes, { ordered: false }));
  }

  /** The same for one task, before its ledger is read. */
  async settle(taskId: string): Promise<void> {
    const task = await this.collections.tasks.findOne({ _id: taskId }, { projection: TASK_MARK });
    if (task?.outbox) await this.empty([task]);
  }
}
