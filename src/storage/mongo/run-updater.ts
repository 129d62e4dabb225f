import type { mongo } from 'mongoose';
import { groupsBy } from '../../domain/groups.js';
import { isFinished } from '../../domain/run.js';
import { isSameJson } from '../../domain/same-json.js';
import { beforeBegin, isAccepted, type RunChange } from '../../scheduling/ports/run.store.js';
import { inBatches } from './batches.js';
import { crowdsAmong, lookup, writeToken } from './bulk.js';
import { again } from './mongo-errors.js';
import { BY_ID, progressFields, type RunDocument, UNFINISHED } from './run.document.js';

/** The size in bytes of an attempt without the text of its error, and of a run without its attempts. */
const OVERHEAD = 500;
/** How often a statement may miss a run whose token holds. */
const MOST_MISSED = 3;
/** Maximum number of bytes per character. */
const WIDEST = 4;

/**
 * Writes the progress of runs, each change only while its token holds. One statement covers all runs of a batch that
 * the same instance holds in the same attempt.
 */
export class RunUpdater {
  /**
   * The tokens of changes whose writing has started: a change that is passed in again after an outage may have been
   * written before it.
   */
  private readonly marks = new WeakMap<RunChange, string>();

  constructor(private readonly runs: mongo.Collection<RunDocument>) {}

  /** Applies each change whose token still holds; resolves to the ids of the applied changes. */
  async update(changes: readonly RunChange[]): Promise<Set<string>> {
    const token = writeToken();
    for (const change of changes) if (!this.marks.has(change)) this.marks.set(change, token);
    const applied = await inBatches(changes, idOf, (batch) => this.updateBatch(batch), bytesOf);
    return new Set(applied.flat());
  }

  private async updateBatch(changes: RunChange[], missed = 0): Promise<string[]> {
    const { crowds, rest } = crowdsAmong(changes, whenOf, (one, other) => this.areAlike(one, other));
    const groups = [...groupsBy(rest, statementOf).values()];
    const statements = [...crowds.map((crowd) => this.alike(crowd)), ...groups.map((group) => this.each(group))];
    const matched = await this.write(statements);
    return matched === changes.length ? changes.map(idOf) : this.lookAfter(changes, missed);
  }

  /** One command for all statements, which share its way to the server and its wait for the disk. */
  private async write(statements: mongo.UpdateManyModel<RunDocument>[]): Promise<number> {
    const operations = statements.map((statement) => ({ updateMany: { ...statement, ...BY_ID } }));
    return (await again(() => this.runs.bulkWrite(operations, { ordered: false }))).matchedCount;
  }

  /** The statement that writes the same progress for all of these runs. */
  private alike(changes: RunChange[]): mongo.UpdateManyModel<RunDocument> {
    const [first] = changes as [RunChange];
    const filter = { _id: { $in: changes.map(idOf) }, ...acceptedBy(first), ...UNFINISHED };
    const end = isFinished(first.progress.state) && { $unset: { holder: '' as const, cancelRequested: '' as const } };
    return { filter, update: { $set: this.fieldsOf(first), ...end } };
  }

  /** The statement that writes to each of these runs its own progress. */
  private each(changes: RunChange[]): mongo.UpdateManyModel<RunDocument> {
    const [first] = changes as [RunChange];
    const table = new Map(changes.map((change) => [change.id, this.fieldsOf(change)]));
    const filter = { _id: { $in: changes.map(idOf) }, ...acceptedBy(first), ...UNFINISHED };
    const update = [
      { $replaceWith: { $mergeObjects: ['$$ROOT', lookup(table)] } },
      ...(isFinished(first.progress.state) ? [{ $unset: ['holder', 'cancelRequested'] }] : []),
    ];
    return { filter, update };
  }

  private areAlike(one: RunChange, other: RunChange): boolean {
    const { owner, attempt } = one.expected;
    const isExpectedAlike = owner === other.expected.owner && attempt === other.expected.attempt;
    return isExpectedAlike && this.marks.get(one) === this.marks.get(other) && isSameJson(one.progress, other.progress);
  }

  private fieldsOf(change: RunChange) {
    return { lastWrite: this.marks.get(change)!, ...progressFields(change.progress) };
  }

  /**
   * Only totals come back, so the last write of each run is read. While a cluster moves documents from shard to shard, a
   * statement may miss one whose token holds: it is written again.
   */
  private async lookAfter(changes: RunChange[], missed: number): Promise<string[]> {
    const query = { _id: { $in: changes.map(idOf) } };
    const stored = await this.runs.find(query, { projection: MARK }).toArray();
    const marks = new Map(stored.map((run) => [run._id, run]));
    const isApplied = (change: RunChange) => marks.get(change.id)?.lastWrite === this.marks.get(change);
    const applied = changes.filter(isApplied).map(idOf);
    const mayBe = (change: RunChange, run = marks.get(change.id)) =>
      run?.holder !== undefined && isAccepted(change, run);
    const left = changes.filter((change) => !isApplied(change) && mayBe(change));
    if (left.length === 0 || missed === MOST_MISSED) return applied;
    return [...applied, ...(await this.updateBatch(left, missed + 1))];
  }
}

/** By what is told whether a change was written, and whether its token holds. */
const MARK = { lastWrite: 1, owner: 1, attempt: 1, holder: 1, state: 1 } as const;

/** Which runs take the change, and the others of its statement. */
const acceptedBy = (change: RunChange) => ({
  ...change.expected,
  ...(beforeBegin(change) && { state: { $ne: 'running' as const } }),
});

/** Runs that come to the same state at different times have different progress. */
const whenOf = ({ progress: { finishedAt, dueAt } }: RunChange): number => finishedAt ?? dueAt;

const idOf = ({ id }: RunChange): string => id;

/** What the changes of one statement have in common: the token, which states accept them, and whether the run ends. */
const statementOf = (change: RunChange): string => {
  const { owner, attempt } = change.expected;
  return `${attempt} ${isFinished(change.progress.state)} ${beforeBegin(change)} ${owner}`;
};

/** An upper bound of the size of a change in a statement. */
function bytesOf({ progress: { output, reason, attempts } }: RunChange): number {
  const errors = attempts.reduce((sum, { error }) => sum + OVERHEAD + WIDEST * (error?.message.length ?? 0), OVERHEAD);
  const text = (reason?.length ?? 0) + (output === null ? 0 : JSON.stringify(output).length);
  return errors + WIDEST * text;
}
