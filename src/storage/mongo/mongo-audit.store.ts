import type { mongo } from 'mongoose';
import type { AuditRecord } from '../../audit/audit-entry.js';
import { briefly } from '../../audit/counted-outcomes.js';
import {
  AuditStore,
  type AuditFilter,
  type AuditPage,
  type Checkpoint,
  type OutcomePosition,
  type RunOutcome,
} from '../../audit/audit.store.js';
import { firstIdAt } from '../../domain/ids.js';
import type { Listing } from '../../domain/listing.js';
import { walkTo } from './audit-walks.js';
import {
  type AuditDocument,
  type AuditOutcomesDocument,
  auditQuery,
  checkpointId,
  type CheckpointDocument,
  toAuditDocument,
  toAuditRecord,
  toCheckpoint,
} from './audit.document.js';
import { look } from './look.js';
import type { MongoCollections } from './mongo-collections.js';
import { again, isCollision } from './mongo-errors.js';
import type { RunDocument } from './run.document.js';

/** In how many of the oldest entries organizations are looked for. */
const MOST_OLD = 1000;

const KINDS: readonly Checkpoint['kind'][] = ['head', 'base', 'vouched', 'birth'];

/** Greater than 0, as in the index, which a server does not use for what begins at 0. */
const endedAfter = ({ at, id }: OutcomePosition, before = Number.MAX_SAFE_INTEGER): mongo.Filter<RunDocument> => ({
  finishedAt: { $gt: 0, $gte: at, $lt: before },
  $or: [{ finishedAt: { $gt: at } }, { _id: { $gt: id } }],
});

const toOutcome = ({ _id, organization, taskId, trigger, state, ...run }: RunDocument): RunOutcome => ({
  organization,
  id: _id,
  taskId,
  trigger,
  state,
  scheduledFor: run.scheduledFor,
  startedAt: run.startedAt,
  finishedAt: run.finishedAt!,
  attempt: run.attempt,
});

/** Keeps the audit trail in MongoDB; the unique index on organization and sequence admits one writer. */
export class MongoAuditStore extends AuditStore {
  private readonly entries: mongo.Collection<AuditDocument>;
  private readonly marks: mongo.Collection<CheckpointDocument>;
  /** Separate from the other checkpoints, so that they cannot be deleted together. */
  private readonly births: mongo.Collection<CheckpointDocument>;
  private readonly position: mongo.Collection<AuditOutcomesDocument>;
  private readonly runs: mongo.Collection<RunDocument>;
  private readonly tasks: MongoCollections['tasks'];

  constructor({ audit, auditCheckpoints, auditBirths, auditOutcomes, runs, tasks }: MongoCollections) {
    super();
    this.entries = audit;
    this.marks = auditCheckpoints;
    this.births = auditBirths;
    this.tasks = tasks;
    this.position = auditOutcomes;
    this.runs = runs;
  }

  async append(records: readonly AuditRecord[], head: Checkpoint): Promise<number> {
    const done = await this.insert(records.map(toAuditDocument));
    if (done === records.length) await this.putCheckpoint(head);
    return done;
  }

  async last(organization: string, action?: string): Promise<AuditRecord | null> {
    return (await this.list(organization, { action }, { limit: 1 }))[0] ?? null;
  }

  list(
    organization: string,
    filter: AuditFilter,
    { before, limit }: { before?: number | undefined; limit: number },
  ): Promise<AuditRecord[]> {
    const query = { ...auditQuery(organization, filter), ...(before !== undefined && { sequence: { $lt: before } }) };
    return this.entries.find(query).sort({ sequence: -1 }).limit(limit).map(toAuditRecord).toArray();
  }

  chain(organization: string, filter: AuditFilter, after: number, limit: number): Promise<AuditRecord[]> {
    const query = { ...auditQuery(organization, filter), sequence: { $gt: after } };
    return this.entries.find(query).sort({ sequence: 1 }).limit(limit).map(toAuditRecord).toArray();
  }

  async search(
    organization: string,
    filter: AuditFilter,
    { order, isBrief = false, ...page }: AuditPage,
  ): Promise<Listing<AuditRecord, number>> {
    const walk = walkTo(organization, filter, order === 'newest first' ? -1 : 1);
    const { items, next } = await look(this.entries, walk, page);
    const records = items.map(toAuditRecord);
    return { items: isBrief ? records.map(briefly) : records, next };
  }

  async checkpoint(organization: string, kind: Checkpoint['kind']): Promise<Checkpoint | null> {
    const document = await this.checkpointsOf(kind).findOne({ _id: checkpointId(organization, kind) });
    return document && toCheckpoint(document);
  }

  checkpoints(organization: string): Promise<Checkpoint[]> {
    return this.checkpointsBy({ _id: { $in: KINDS.map((kind) => checkpointId(organization, kind)) } }, KINDS.length);
  }

  async hasTaskBefore(organization: string, at: number): Promise<boolean> {
    const early = { organization, _id: { $lt: firstIdAt(at) } };
    return (await this.tasks.findOne(early, { projection: { _id: 1 } })) !== null;
  }

  async putCheckpoint(checkpoint: Checkpoint): Promise<void> {
    const _id = checkpointId(checkpoint.organization, checkpoint.kind);
    const write = () =>
      this.checkpointsOf(checkpoint.kind).replaceOne({ _id, sequence: { $lte: checkpoint.sequence } }, checkpoint, {
        upsert: true,
      });
    try {
      await again(write);
    } catch (error) {
      // The upsert met a checkpoint at a later sequence.
      if (!isCollision(error)) throw error;
    }
  }

  async removeUpTo(base: Checkpoint): Promise<void> {
    await this.putCheckpoint(base);
    const { organization, sequence } = base;
    await again(() => this.entries.deleteMany({ organization, sequence: { $lte: sequence } }));
  }

  async organizationsBefore(at: number, limit: number, except: readonly string[] = []): Promise<string[]> {
    const old = { at: { $lt: at }, ...(except.length > 0 && { organization: { $nin: [...except] } }) };
    const oldest = this.entries.find(old, { projection: { _id: 0, organization: 1 } }).sort({ at: 1 });
    const found = await oldest.limit(MOST_OLD).toArray();
    return [...new Set(found.map(({ organization }) => organization))].slice(0, limit);
  }

  async heads(after: string, limit: number): Promise<Checkpoint[]> {
    const heads = this.marks
      .find({ kind: 'head', organization: { $gt: after } })
      .sort({ organization: 1 })
      .limit(limit);
    return (await heads.toArray()).map(toCheckpoint);
  }

  async checkpointsNotUnder(keyId: string, limit: number): Promise<Checkpoint[]> {
    return (await this.checkpointsBy({ keyId: { $ne: keyId } }, limit)).slice(0, limit);
  }

  async outcomesUntil(): Promise<OutcomePosition | null> {
    const document = await this.position.findOne({ _id: 'position' });
    return document && { at: document.at, id: document.run };
  }

  async moveOutcomes({ at, id }: OutcomePosition): Promise<void> {
    const update = { $set: { at, run: id } };
    await again(() => this.position.updateOne({ _id: 'position' }, update, { upsert: true }), isCollision);
  }

  async nextOutcomeAt(after: OutcomePosition): Promise<number | null> {
    const next = this.runs.find(endedAfter(after), { projection: { finishedAt: 1 } }).sort({ finishedAt: 1 });
    return (await next.limit(1).toArray())[0]?.finishedAt ?? null;
  }

  outcomes(after: OutcomePosition, before: number, limit: number): Promise<RunOutcome[]> {
    const projection = {
      ...{ organization: 1, taskId: 1, trigger: 1, state: 1, attempt: 1 },
      ...{ scheduledFor: 1, startedAt: 1, finishedAt: 1 },
    };
    return this.runs
      .find(endedAfter(after, before), { projection })
      .sort({ finishedAt: 1, _id: 1 })
      .limit(limit)
      .map(toOutcome)
      .toArray();
  }

  private checkpointsOf(kind: Checkpoint['kind']): mongo.Collection<CheckpointDocument> {
    return kind === 'birth' ? this.births : this.marks;
  }

  private async checkpointsBy(filter: mongo.Filter<CheckpointDocument>, limit: number): Promise<Checkpoint[]> {
    const found = [this.marks, this.births].map((each) => each.find(filter).limit(limit).toArray());
    return (await Promise.all(found)).flat().map(toCheckpoint);
  }

  /**
   * Inserts in order until a sequence is taken by somebody else; resolves to how many entries, from the first, are
   * stored.
   */
  private async insert(documents: AuditDocument[]): Promise<number> {
    try {
      await again(() => this.entries.insertMany(documents, { ordered: true }));
      return documents.length;
    } catch (error) {
      if (!isCollision(error)) throw error;
      // A repetition after a lost answer finds its own entries.
      return this.leadingOf(documents);
    }
  }

  private async leadingOf(documents: AuditDocument[]): Promise<number> {
    const [{ organization, sequence: first }] = documents as [AuditDocument];
    const sequence = { $gte: first, $lte: documents.at(-1)!.sequence };
    const own = this.entries.find({ organization, sequence }, { projection: { _id: 1 } });
    const stored = new Set((await own.toArray()).map(({ _id }) => _id));
    const missing = documents.findIndex(({ _id }) => !stored.has(_id));
    return missing === -1 ? documents.length : missing;
  }
}
