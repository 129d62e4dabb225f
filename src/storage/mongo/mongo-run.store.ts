import type { mongo } from 'mongoose';
import type { QueuedRuns } from '../../domain/queue-counts.js';
import { DEFAULT_QUEUE } from '../../domain/queue.js';
import type { StoredNeed } from '../../domain/need.js';
import { firstIdAt } from '../../domain/ids.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import { hasFailed, type Heartbeat, type Run, type RunState } from '../../domain/run.js';
import type { Claim, ClaimResult } from '../../domain/claim.js';
import type { Telling } from '../../domain/telling.js';
import {
  type Beside,
  type FailedRuns,
  type LedgerRange,
  type MadeUp,
  type MadeUpRange,
  type OpenedRun,
  type Reach,
  type RunChange,
  type RunFailure,
  type RunFilter,
  type RunOfEvent,
  type RunOutline,
  type RunRange,
  RunStore,
  type OldRuns,
  type PurgedKind,
} from '../../scheduling/ports/run.store.js';
import type { Listing } from '../../domain/listing.js';
import type { DueRange, Page, Turns } from '../../scheduling/ports/task.reads.js';
import { readableFailure, readableOutline } from '../readable-run.js';
import { inBatches } from './batches.js';
import { insertMissing, insertNew, readsOf, stampedAmong, writeToken } from './bulk.js';
import { ClaimWriter } from './claim-writer.js';
import type { GatheredReads } from '../../batching/gathered-reads.js';
import { beginningIn, reachingInto, toLedgerEntry } from './ledger.document.js';
import type { MongoCollections } from './mongo-collections.js';
import { removeLogs } from './log.document.js';
import { look, lookAlong } from './look.js';
import { notSince } from './not-since.js';
import { isLostRun, MOST_EXAMINED } from '../lost-run.js';
import { again } from './mongo-errors.js';
import { toOutboxDocument } from './outbox.document.js';
import { oldestIds, purge } from './purge.js';
import { inParts, notLeftOut } from './parts-query.js';
import { BEGUN, BY_ID, LIGHT, NOBODY, type RunDocument, toRun, toRunDocument, UNFINISHED } from './run.document.js';
import { runsBeside, tasksHeldBeside } from './runs-beside.js';
import { replaceRuns } from './run-replacement.js';
import { failureWalks, fewUnfinished, walkTo } from './run-walks.js';
import { RunUpdater } from './run-updater.js';
import { valuesIn } from './values-in.js';

/** How many of a task's last runs are searched for those that ended under a generation. */
const LOOKED_BACK = 2000;

const OUTLINE = {
  taskId: 1,
  trigger: 1,
  scheduledFor: 1,
  state: 1,
  startedAt: 1,
  finishedAt: 1,
  latenessMs: 1,
} as const;

const ofTurns = (turns: Turns | undefined) => turns && { organization: { $gt: turns.after, $nin: turns.except ?? [] } };
const orderOf = (turns: Turns | undefined): mongo.Sort => (turns ? { organization: 1, dueAt: 1 } : { dueAt: 1 });

const ofReach = ({ parts, without }: Reach = {}) => ({
  ...(parts && { $and: [inParts(parts.map(({ shards: _, ...part }) => part))] }),
  ...notLeftOut(without),
});

/** Keeps the runs and the ledger in MongoDB, without transactions, which not every server supports. */
export class MongoRunStore extends RunStore {
  private readonly runs: mongo.Collection<RunDocument>;
  private readonly claims: ClaimWriter;
  /** Up to which id old runs were examined for lost ones; begins anew at the end. */
  private examined = '';
  private readonly updater: RunUpdater;
  private readonly reads: GatheredReads<RunDocument>;

  constructor(private readonly collections: MongoCollections) {
    super();
    this.runs = collections.runs;
    this.claims = new ClaimWriter(collections);
    this.updater = new RunUpdater(collections.runs);
    this.reads = readsOf(collections.runs);
  }

  async open(claims: readonly Claim[], tellings: readonly Telling[] = []): Promise<ClaimResult[]> {
    await insertMissing(this.collections.outbox, tellings.map(toOutboxDocument));
    return this.claims.open(claims);
  }

  async insert(runs: readonly Run[], tellings: readonly Telling[] = []): Promise<Set<string>> {
    await insertMissing(this.collections.outbox, tellings.map(toOutboxDocument));
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

  async update(changes: readonly RunChange[], tellings: readonly Telling[] = []): Promise<Set<string>> {
    await insertMissing(this.collections.outbox, tellings.map(toOutboxDocument));
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

  /** After a deletion nothing shows whose run it was, so the runs are first marked as the caller's own. */
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
    const { matchedCount } = await again(() => this.runs.updateOne(filter, { $set: { cancelRequested: true } }, BY_ID));
    return matchedCount === 1;
  }

  async heartbeat(organization: string, id: string, heartbeat: Heartbeat): Promise<boolean> {
    const filter = { _id: id, organization, attempt: heartbeat.attempt, ...UNFINISHED };
    const { matchedCount } = await again(() => this.runs.updateOne(filter, { $set: { heartbeat } }, BY_ID));
    return matchedCount === 1;
  }

  /** What reaches into the range from before it, and then what begins in it. */
  async ledger(organization: string, taskId: string, range: LedgerRange): Promise<LedgerEntry[]> {
    await this.claims.settle(taskId);
    const { from, after, limit } = range;
    const own = { organization, taskId };
    const queries = after && after.from >= from ? [] : [reachingInto(own, range)];
    queries.push(beginningIn(own, range));
    const sorted = queries.map((query) => this.collections.ledger.find(query).sort({ from: 1, to: 1 }).limit(limit));
    return (await Promise.all(sorted.map((each) => each.map(toLedgerEntry).toArray()))).flat().slice(0, limit);
  }

  async ledgerBefore(organization: string, taskId: string, before: number, limit: number): Promise<LedgerEntry[]> {
    await this.claims.settle(taskId);
    const query = { organization, taskId, from: { $lt: before } };
    return this.collections.ledger.find(query).sort({ from: -1, to: -1 }).limit(limit).map(toLedgerEntry).toArray();
  }

  ofTask(organization: string, taskId: string, { from, before, after, limit }: RunRange): Promise<Run[]> {
    // Ids sort by nominal time.
    const begin = after === undefined ? { $gte: firstIdAt(from) } : { $gt: after };
    const query = { organization, taskId, _id: { ...begin, $lt: firstIdAt(before) } };
    return this.runs.find(query, { projection: LIGHT }).sort({ _id: 1 }).limit(limit).map(toRun).toArray();
  }

  async outlines(
    organization: string,
    taskIds: readonly string[],
    { from, before, limit }: DueRange,
  ): Promise<RunOutline[]> {
    // Ids sort by nominal time.
    const _id = { $gte: firstIdAt(from), $lt: firstIdAt(before) };
    const each = [...new Set(taskIds)].map((taskId) =>
      this.runs
        .find({ organization, taskId, _id }, { projection: OUTLINE })
        .sort({ _id: -1 })
        .limit(limit)
        .map(({ _id: id, ...outline }) => readableOutline({ ...outline, id }))
        .toArray(),
    );
    return (await Promise.all(each)).flat();
  }

  byIds(organization: string, ids: readonly string[]): Promise<Run[]> {
    return this.runs
      .find({ _id: { $in: ids }, organization })
      .map(toRun)
      .toArray();
  }

  async statesOf(organization: string, ids: readonly string[]): Promise<Map<string, RunState>> {
    const found = this.runs.find({ _id: { $in: ids }, organization }, { projection: { state: 1 } });
    return new Map(await found.map(({ _id, state }): [string, RunState] => [_id, state]).toArray());
  }

  ofEvents(organization: string, receivedAt: number, { after, limit }: Page): Promise<RunOfEvent[]> {
    // Ids sort by nominal time.
    const begin = after === undefined ? { $gte: firstIdAt(receivedAt) } : { $gt: after };
    const query = { organization, trigger: 'event' as const, _id: { ...begin, $lt: firstIdAt(receivedAt + 1) } };
    const projection = { taskId: 1, state: 1, reason: 1, 'event.descendants': 1 };
    return this.runs
      .find(query, { projection })
      .sort({ _id: 1 })
      .limit(limit)
      .map(({ _id, taskId, state, reason, event }) => ({
        ...{ id: _id, taskId, state, reason },
        descendants: event?.descendants ?? null,
      }))
      .toArray();
  }

  async failed(organization: string, { states, taskId, from, to }: FailedRuns, { after, limit }: Page): Promise<Run[]> {
    // Ids sort by nominal time.
    const range = {
      ...(from !== undefined && { $gte: firstIdAt(from) }),
      ...(to !== undefined && { $lt: firstIdAt(to) }),
      ...(after !== undefined && { $gt: after }),
    };
    const query = {
      organization,
      ...(taskId !== undefined && { taskId }),
      ...(Object.keys(range).length > 0 && { _id: range }),
    };
    // One by one: a list of states is not served by the index of what has failed.
    const each = states.map((state) =>
      this.runs
        .find({ ...query, state })
        .sort({ _id: 1 })
        .limit(limit)
        .map(toRun)
        .toArray(),
    );
    const found = (await Promise.all(each)).flat();
    return found.sort((one, other) => (one.id < other.id ? -1 : 1)).slice(0, limit);
  }

  async failures(
    organization: string,
    filter: Pick<RunFilter, 'taskId' | 'from' | 'to'>,
    page: Page,
  ): Promise<Listing<RunFailure>> {
    const { items, next } = await lookAlong(this.runs, failureWalks(organization, filter), page);
    const failures = items.map(({ _id, attempts, ...run }) =>
      readableFailure({ ...run, id: _id }, Array.isArray(attempts) ? attempts.at(-1)?.error : null),
    );
    return { items: failures, next };
  }

  async madeUp(organization: string, taskId: string, { from, to, limit }: MadeUpRange): Promise<MadeUp[] | null> {
    const query = { organization, taskId, trigger: 'backfill' as const, scheduledFor: { $gte: from, $lte: to } };
    const projected = this.runs.find(query, { projection: { scheduledFor: 1, insteadOf: 1 } });
    const found = await projected.limit(limit + 1).toArray();
    if (found.length > limit) return null;
    return found.flatMap(({ scheduledFor, insteadOf }) => (insteadOf ? [{ scheduledFor, insteadOf }] : []));
  }

  async cancelRequests(owner: string): Promise<string[]> {
    const query = { holder: owner, cancelRequested: true as const };
    const found = await this.runs.find(query, { projection: { _id: 1 } }).toArray();
    return found.map(({ _id }) => _id);
  }

  async lastBackfillDue(organization: string, taskId: string): Promise<number | null> {
    const query = { taskId, organization, trigger: 'backfill', ...UNFINISHED } as const;
    const last = await this.runs.findOne(query, { sort: { dueAt: -1 }, projection: { dueAt: 1 } });
    return last?.dueAt ?? null;
  }

  unfinishedOf(taskIds: readonly string[], limit: number): Promise<Run[]> {
    return this.runs
      .find({ taskId: { $in: taskIds }, ...UNFINISHED }, { projection: LIGHT })
      .limit(limit)
      .map(toRun)
      .toArray();
  }

  heldElsewhere(taskIds: readonly string[], owner: string): Promise<Set<string>> {
    return tasksHeldBeside(this.runs, taskIds, owner);
  }

  heldBeside(taskId: string, owner: string, beside: Beside): Promise<Run[]> {
    return runsBeside(this.runs, taskId, owner, beside);
  }

  async lastEnded(organization: string, taskId: string, generation: number, limit: number): Promise<Run[]> {
    const state = { $in: ['succeeded', 'failed', 'timed_out'] satisfies RunState[] };
    const own = this.runs.find({ organization, taskId }, { projection: { _id: 1 } }).sort({ _id: -1 });
    const [oldest] = await own.skip(LOOKED_BACK).limit(1).toArray();
    const query = { organization, taskId, generation, state, ...(oldest && { _id: { $gt: oldest._id } }) };
    return this.runs.find(query, { projection: LIGHT }).sort({ _id: -1 }).limit(limit).map(toRun).toArray();
  }

  async owners(): Promise<string[]> {
    return [...(await valuesIn(this.runs, 'holder', { holder: { $gt: NOBODY } }))];
  }

  async heldBy(owners: readonly string[], limit: number, turns?: Turns, reach?: Reach): Promise<Run[]> {
    if (reach?.parts?.length === 0) return [];
    return this.runs
      .find({ holder: { $in: owners }, ...ofTurns(turns), ...ofReach(reach) }, { projection: LIGHT })
      .sort(orderOf(turns))
      .limit(limit)
      .map(toRun)
      .toArray();
  }

  ownedAfter(owner: string, after: string, limit: number): Promise<Run[]> {
    const query = { holder: owner, _id: { $gt: after } };
    const found = this.runs.find(query, { projection: LIGHT }).sort({ _id: 1 });
    return found.limit(limit).map(toRun).toArray();
  }

  async unowned(before: number, limit: number, turns?: Turns, reach?: Reach): Promise<Run[]> {
    if (reach?.parts?.length === 0) return [];
    const query = { holder: NOBODY, dueAt: { $lt: before }, ...ofTurns(turns), ...ofReach(reach) };
    const found = this.runs.find(query, { projection: LIGHT }).sort(orderOf(turns));
    return found.limit(limit).map(toRun).toArray();
  }

  async queues(organization: string, now: number, limit: number): Promise<QueuedRuns[]> {
    const holders = [NOBODY, ...(await this.owners())];
    const running = { $eq: ['$state', 'running'] };
    return this.runs
      .aggregate<QueuedRuns>([
        { $match: { holder: { $in: holders }, organization } },
        { $limit: limit },
        { $match: { $or: [{ state: 'running' }, { dueAt: { $lte: now } }] } },
        {
          $group: {
            _id: { $ifNull: ['$queue', DEFAULT_QUEUE] },
            waiting: { $sum: { $cond: [running, 0, 1] } },
            running: { $sum: { $cond: [running, 1, 0] } },
            oldest: { $min: { $cond: [running, null, '$dueAt'] } },
          },
        },
        { $project: { _id: 0, queue: '$_id', waiting: 1, running: 1, oldest: 1 } },
      ])
      .toArray();
  }

  async setNeed(taskId: string, { queue, skill }: StoredNeed): Promise<void> {
    const set = { ...(queue !== undefined && { queue }), ...(skill !== undefined && { skill }) };
    const unset = {
      ...(queue === undefined && { queue: '' as const }),
      ...(skill === undefined && { skill: '' as const }),
    };
    const update = {
      ...(Object.keys(set).length > 0 && { $set: set }),
      ...(Object.keys(unset).length > 0 && { $unset: unset }),
    };
    await again(() => this.runs.updateMany({ taskId, ...UNFINISHED }, update));
  }

  waiting(before: number, limit: number, except: readonly string[] = []): Promise<Run[]> {
    const state = { $in: ['pending', 'retrying'] satisfies RunState[] };
    const others = except.length > 0 && { organization: { $nin: [...except] } };
    const query = { holder: { $gte: NOBODY }, dueAt: { $lt: before }, state, ...others };
    return this.runs.find(query, { projection: LIGHT }).sort({ dueAt: 1 }).limit(limit).map(toRun).toArray();
  }

  underWayAmong(taskIds: readonly string[]): Promise<Set<string>> {
    return valuesIn(this.runs, 'taskId', { taskId: { $in: [...taskIds] }, trigger: 'schedule', ...UNFINISHED });
  }

  async busyAmong(taskIds: readonly string[]): Promise<Set<string>> {
    // One by one: a list of states is not served by the index of what has begun.
    const each = BEGUN.map((state) =>
      valuesIn(this.runs, 'taskId', { taskId: { $in: [...taskIds] }, state, ...UNFINISHED }),
    );
    return new Set((await Promise.all(each)).flatMap((found) => [...found]));
  }

  async purge(before: number, limit: number): Promise<number> {
    // Greater than 0, as in the index.
    const finished = { finishedAt: { $gt: 0, $lt: before } };
    const ids = await oldestIds(this.runs, finished, 'finishedAt', limit);
    const lost = ids.length < limit ? await this.lostBefore(before, limit - ids.length) : [];
    // The logs first: without their runs, nobody would ever find them.
    await removeLogs(this.collections.logs, [...ids, ...lost]);
    const removed = await this.remove({ _id: { $in: ids }, ...finished });
    return lost.length === 0 ? removed : removed + (await this.remove({ _id: { $in: lost } }));
  }

  async purgeKind({ organization, failed, before, after }: OldRuns, limit: number): Promise<PurgedKind> {
    const which = { _id: { $gt: after, $lt: firstIdAt(before) }, ...(organization !== undefined && { organization }) };
    const hint = organization === undefined ? '_id_' : 'list';
    const projection = { state: 1, finishedAt: 1 };
    const page = await this.runs.find(which, { projection, hint }).sort({ _id: 1 }).limit(limit).toArray();
    const isOld = ({ state, finishedAt }: Pick<RunDocument, 'state' | 'finishedAt'>) =>
      finishedAt !== null && finishedAt > 0 && finishedAt < before && hasFailed({ state }) === failed;
    const ids = page.filter(isOld).map(({ _id }) => _id);
    // The logs first: without their runs, nobody would ever find them.
    await removeLogs(this.collections.logs, ids);
    const removed =
      ids.length === 0 ? 0 : await this.remove({ _id: { $in: ids }, finishedAt: { $gt: 0, $lt: before } });
    return { removed, looked: page.length, last: page.at(-1)?._id ?? after };
  }

  private async remove(which: mongo.Filter<RunDocument>): Promise<number> {
    return (await again(() => this.runs.deleteMany(which))).deletedCount;
  }

  /** The ids of lost runs among the oldest ones: of those planned before `before`, nearly all others are purged by now. */
  private async lostBefore(before: number, limit: number): Promise<string[]> {
    const old = { _id: { $gt: this.examined, $lt: firstIdAt(before) } };
    const projection = { holder: 1, dueAt: 1, finishedAt: 1 };
    const page = await this.runs.find(old, { projection }).sort({ _id: 1 }).limit(MOST_EXAMINED).toArray();
    this.examined = page.length < MOST_EXAMINED ? '' : page.at(-1)!._id;
    const lost = page.filter(({ holder, dueAt, finishedAt }) =>
      isLostRun({ isUnfinished: holder !== undefined, dueAt, finishedAt }),
    );
    return lost.slice(0, limit).map(({ _id }) => _id);
  }

  purgeLedger(before: number, limit: number): Promise<number> {
    return purge(this.collections.ledger, { to: notSince(before) }, 'to', limit);
  }
}
