import type { mongo } from 'mongoose';
import { firstIdAt } from '../../domain/ids.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import type { Run, RunState } from '../../domain/run.js';
import {
  type Claim,
  type ClaimResult,
  type FailedRuns,
  type LedgerRange,
  type MadeUp,
  type OpenedRun,
  type RunChange,
  type RunFilter,
  type RunRange,
  RunStore,
} from '../../scheduling/run.store.js';
import type { Listing } from '../../scheduling/listing.js';
import type { Page, Turns } from '../../scheduling/task.reads.js';
import { inBatches } from './batches.js';
import { insertNew, readsOf, stampedAmong, writeToken } from './bulk.js';
import { ClaimWriter } from './claim-writer.js';
import type { GatheredReads } from '../gathered-reads.js';
import { toLedgerEntry } from './ledger.document.js';
import type { MongoCollections } from './mongo-collections.js';
import { removeLogs } from './log.document.js';
import { look } from './look.js';
import { again } from './mongo-errors.js';
import { NOBODY, type RunDocument, toRun, toRunDocument, UNFINISHED } from './run.document.js';
import { replaceRuns } from './run-replacement.js';
import { fewUnfinished, walkTo } from './run-walks.js';
import { RunUpdater } from './run-updater.js';

/** Among how many of a task's last runs those are that ended under a generation. */
const LOOKED_BACK = 2000;

const ofTurns = (turns: Turns | undefined) => turns && { organization: { $gt: turns.after, $nin: turns.except ?? [] } };
const orderOf = (turns: Turns | undefined): mongo.Sort => (turns ? { organization: 1, dueAt: 1 } : { dueAt: 1 });

/** Keeps the runs and the ledger in MongoDB, which need not be able to make transactions. */
export class MongoRunStore extends RunStore {
  private readonly runs: mongo.Collection<RunDocument>;
  private readonly claims: ClaimWriter;
  private readonly updater: RunUpdater;
  private readonly reads: GatheredReads<RunDocument>;

  constructor(private readonly collections: MongoCollections) {
    super();
    this.runs = collections.runs;
    this.claims = new ClaimWriter(collections);
    this.updater = new RunUpdater(collections.runs);
    this.reads = readsOf(collections.runs);
  }

  open(claims: readonly Claim[]): Promise<ClaimResult[]> {
    return this.claims.open(claims);
  }

  insert(runs: readonly Run[]): Promise<Set<string>> {
    return insertNew(this.runs, runs.map(toRunDocument));
  }

  async makeUp(runs: readonly Run[]): Promise<Set<string>> {
    const known = await this.insert(runs);
    const unrun = { state: { $in: ['skipped', 'missed'] satisfies RunState[] }, attempts: { $size: 0 } };
    const inTheWay = runs.filter(({ id }) => known.has(id));
    const made = await inBatches(
      inTheWay,
      ({ id }) => id,
      (batch) => replaceRuns(this.runs, batch, () => unrun),
    );
    for (const ids of made) for (const id of ids) known.delete(id);
    return known;
  }

  update(changes: readonly RunChange[]): Promise<Set<string>> {
    return this.updater.update(changes);
  }

  async withdraw(runs: readonly OpenedRun[]): Promise<Set<string>> {
    const withdrawn = await inBatches(
      runs,
      ({ id }) => id,
      (batch) => this.withdrawBatch(batch),
    );
    return new Set(withdrawn.flatMap((ids) => [...ids]));
  }

  /** A deletion leaves nothing that could tell whose it was, so the runs are marked as the caller's own first. */
  private async withdrawBatch(runs: OpenedRun[]): Promise<Set<string>> {
    const token = writeToken();
    const marks = runs.map(({ id, owner, attempt, generation }) => ({
      updateOne: {
        filter: { _id: id, owner, attempt, generation, state: 'pending' as const },
        update: { $set: { lastWrite: token } },
      },
    }));
    await again(() => this.runs.bulkWrite(marks, { ordered: false }));
    const ids = runs.map(({ id }) => id);
    const marked = await stampedAmong(this.runs, ids, token);
    const deleted = { _id: { $in: [...marked] }, lastWrite: token };
    const { deletedCount } = await again(() => this.runs.deleteMany(deleted));
    if (deletedCount === marked.size) return marked;
    const left = await this.runs.find({ _id: deleted._id }, { projection: { _id: 1 } }).toArray();
    for (const { _id } of left) marked.delete(_id);
    return marked;
  }

  async get(organization: string, id: string): Promise<Run | null> {
    const document = await this.reads.get(id);
    return document?.organization === organization ? toRun(document) : null;
  }

  async list(organization: string, filter: RunFilter, page: Page): Promise<Listing<Run>> {
    const few = await fewUnfinished(this.runs, organization, filter);
    const { items, next } = await look(this.runs, few ?? walkTo(organization, filter), page);
    return { items: items.map(toRun), next };
  }

  async requestCancel(organization: string, id: string): Promise<boolean> {
    const filter = { _id: id, organization, ...UNFINISHED };
    const { matchedCount } = await again(() => this.runs.updateOne(filter, { $set: { cancelRequested: true } }));
    return matchedCount === 1;
  }

  async ledger(
    organization: string,
    taskId: string,
    { from, before, after, limit }: LedgerRange,
  ): Promise<LedgerEntry[]> {
    await this.claims.settle(taskId);
    const later = after && { $or: [{ from: { $gt: after.from } }, { from: after.from, to: { $gt: after.to } }] };
    const query = { organization, taskId, from: { $lt: before }, to: { $gte: from }, ...later };
    return this.collections.ledger.find(query).sort({ from: 1, to: 1 }).limit(limit).map(toLedgerEntry).toArray();
  }

  async ledgerBefore(organization: string, taskId: string, before: number, limit: number): Promise<LedgerEntry[]> {
    await this.claims.settle(taskId);
    const query = { organization, taskId, from: { $lt: before } };
    return this.collections.ledger.find(query).sort({ from: -1, to: -1 }).limit(limit).map(toLedgerEntry).toArray();
  }

  ofTask(organization: string, taskId: string, { from, before, after, limit }: RunRange): Promise<Run[]> {
    // Ids are in the order of the nominal times.
    const begin = after === undefined ? { $gte: firstIdAt(from) } : { $gt: after };
    const query = { organization, taskId, _id: { ...begin, $lt: firstIdAt(before) } };
    return this.runs.find(query).sort({ _id: 1 }).limit(limit).map(toRun).toArray();
  }

  byIds(organization: string, ids: readonly string[]): Promise<Run[]> {
    return this.runs
      .find({ _id: { $in: ids }, organization })
      .map(toRun)
      .toArray();
  }

  failed(organization: string, { states, taskId, from, to }: FailedRuns, { after, limit }: Page): Promise<Run[]> {
    // Ids are in the order of the nominal times.
    const range = {
      ...(from !== undefined && { $gte: firstIdAt(from) }),
      ...(to !== undefined && { $lt: firstIdAt(to) }),
      ...(after !== undefined && { $gt: after }),
    };
    const query = {
      organization,
      state: { $in: states },
      ...(taskId !== undefined && { taskId }),
      ...(Object.keys(range).length > 0 && { _id: range }),
    };
    return this.runs.find(query).sort({ _id: 1 }).limit(limit).map(toRun).toArray();
  }

  async madeUp(organization: string, taskId: string, from: number, to: number): Promise<MadeUp[]> {
    const query = { organization, taskId, trigger: 'backfill' as const, scheduledFor: { $gte: from, $lte: to } };
    const found = await this.runs.find(query, { projection: { scheduledFor: 1, insteadOf: 1 } }).toArray();
    return found.flatMap(({ scheduledFor, insteadOf }) => (insteadOf ? [{ scheduledFor, insteadOf }] : []));
  }

  async cancelRequests(owner: string): Promise<string[]> {
    const query = { holder: owner, cancelRequested: true as const };
    const found = await this.runs.find(query, { projection: { _id: 1 } }).toArray();
    return found.map(({ _id }) => _id);
  }

  unfinishedOf(taskIds: readonly string[], exceptOwner?: string): Promise<Run[]> {
    return this.runs
      .find({ taskId: { $in: taskIds }, ...UNFINISHED, ...(exceptOwner && { owner: { $nin: [exceptOwner, null] } }) })
      .map(toRun)
      .toArray();
  }

  async lastEnded(organization: string, taskId: string, generation: number, limit: number): Promise<Run[]> {
    const state = { $in: ['succeeded', 'failed', 'timed_out'] satisfies RunState[] };
    const own = this.runs.find({ organization, taskId }, { projection: { _id: 1 } }).sort({ _id: -1 });
    const [oldest] = await own.skip(LOOKED_BACK).limit(1).toArray();
    const query = { organization, taskId, generation, state, ...(oldest && { _id: { $gt: oldest._id } }) };
    return this.runs.find(query).sort({ _id: -1 }).limit(limit).map(toRun).toArray();
  }

  async owners(): Promise<string[]> {
    return (await this.runs.distinct('holder', { holder: { $gt: NOBODY } })) as string[];
  }

  heldBy(owners: readonly string[], limit: number, turns?: Turns): Promise<Run[]> {
    return this.runs
      .find({ holder: { $in: owners }, ...ofTurns(turns) })
      .sort(orderOf(turns))
      .limit(limit)
      .map(toRun)
      .toArray();
  }

  unowned(before: number, limit: number, turns?: Turns): Promise<Run[]> {
    const query = { holder: NOBODY, dueAt: { $lt: before }, ...ofTurns(turns) };
    return this.runs.find(query).sort(orderOf(turns)).limit(limit).map(toRun).toArray();
  }

  waiting(before: number, limit: number): Promise<Run[]> {
    const state = { $in: ['pending', 'retrying'] satisfies RunState[] };
    const query = { holder: { $gte: NOBODY }, dueAt: { $lt: before }, state };
    return this.runs.find(query).sort({ dueAt: 1 }).limit(limit).map(toRun).toArray();
  }

  async busyAmong(taskIds: readonly string[]): Promise<Set<string>> {
    const state = { $in: ['running', 'retrying'] satisfies RunState[] };
    return new Set(await this.runs.distinct('taskId', { taskId: { $in: taskIds }, state, ...UNFINISHED }));
  }

  async purge(before: number, limit: number): Promise<number> {
    // Above nought, as in the index.
    const finished = { finishedAt: { $gt: 0, $lt: before } };
    const sorted = this.runs.find(finished, { projection: { _id: 1 } }).sort({ finishedAt: 1 });
    const ids = (await sorted.limit(limit).toArray()).map(({ _id }) => _id);
    // The logs first: were the runs gone, nobody would ever find them.
    await removeLogs(this.collections.logs, ids);
    return (await this.runs.deleteMany({ _id: { $in: ids }, ...finished })).deletedCount;
  }

  async purgeLedger(before: number, limit: number): Promise<number> {
    const { ledger } = this.collections;
    const old = ledger.find({ to: { $lt: before } }, { projection: { _id: 1 } }).sort({ to: 1 });
    const ids = (await old.limit(limit).toArray()).map(({ _id }) => _id);
    return (await ledger.deleteMany({ _id: { $in: ids } })).deletedCount;
  }
}
