import type { Run } from '../../domain/run.js';
import type { Claim, ClaimResult } from '../../domain/claim.js';
import { inBatches } from './batches.js';
import { insertNew, writeToken } from './bulk.js';
import { type Moves, resultOf, wasDecidedAgainst } from './claim-marks.js';
import { LedgerOutbox } from './ledger-outbox.js';
import type { MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';
import { toRunDocument } from './run.document.js';
import { replaceRuns } from './run-replacement.js';
import { TaskMover } from './task-mover.js';

/**
 * Writes claims, one batch at a time, without a transaction:
 *
 * 1. The runs are inserted. An existing run stays unchanged, unless an outdated claim left it, and is marked: from now
 *    on somebody relies on it.
 * 2. Each task moves on if it is still where the claim says, and records the claim. The same write puts the claim's
 *    ledger entries into the task's outbox: at this instant the claim becomes valid.
 * 3. The ledger entries are copied into the ledger, under ids that follow from their content, and the outbox is
 *    emptied.
 * 4. Runs that step 1 inserted for a task that did not move are deleted again. They stay if somebody else found them in
 *    step 1 and was faster in step 2: then the occurrence runs, and the run belongs to its inserter. The task records a
 *    few such moves; a writer that was stopped for longer learns it from the mark on the run.
 *
 * A crash after 1 leaves a run whose task has not moved: whoever claims the occurrence next finds the run `taken`, and
 * moves the task, also past its grace, for which the claimer looks for such runs first; the run itself is recovered like
 * any other run of a dead owner. A crash after 2 leaves the outbox,
 * which is emptied before the task moves on again, and before its ledger is read. A crash before 4 leaves a pending run
 * of an outdated generation, or of an occurrence that another claim decided: its generation is checked when it starts.
 */
export class ClaimWriter {
  private readonly mover: TaskMover;
  private readonly outbox: LedgerOutbox;

  constructor(private readonly collections: MongoCollections) {
    this.outbox = new LedgerOutbox(collections);
    this.mover = new TaskMover(collections.tasks, this.outbox);
  }

  /** Writes the claims; resolves to their results in order. */
  async open(claims: readonly Claim[]): Promise<ClaimResult[]> {
    const results = new Map<Claim, ClaimResult>();
    // Copies, so that a claim that is given twice gets two results.
    const each = claims.map((claim) => ({ ...claim }));
    // Claims of one task are written in sequence: no batch holds two of them.
    await inBatches(
      each,
      ({ taskId }) => taskId,
      (batch) => this.openBatch(batch, results),
    );
    return each.map((claim) => results.get(claim)!);
  }

  /** Completes the ledger of a task whose claimer died. */
  settle(taskId: string): Promise<void> {
    return this.outbox.settle(taskId);
  }

  private async openBatch(claims: Claim[], results: Map<Claim, ClaimResult>): Promise<void> {
    const token = writeToken();
    const known = await this.insertRuns(claims);
    const moves = await this.mover.move(claims, token);
    const moved = claims.filter(({ taskId }) => moves.moved.has(taskId));
    await this.outbox.complete(moved, token);
    for (const claim of claims) results.set(claim, resultOf(claim, known, moves));
    const stale = claims.filter((claim) => results.get(claim) === 'stale' && claim.run && !known.has(claim.run.id));
    for (const claim of await this.withdraw(stale, moves)) results.set(claim, 'opened');
  }

  /** Inserts the claims' runs; resolves to the ids of runs that belong to somebody else. */
  private async insertRuns(claims: Claim[]): Promise<Set<string>> {
    const runs = claims.flatMap(({ run }) => run ?? []);
    const known = await insertNew(this.collections.runs, runs.map(toRunDocument));
    const own = await this.takeOver(runs.filter(({ id }) => known.has(id)));
    const others = runs.filter(({ id }) => known.has(id) && !own.has(id));
    return this.countOn(others);
  }

  /** Leaves occurrences to the runs that others inserted; a run that was deleted before this is inserted again. */
  private async countOn(runs: Run[]): Promise<Set<string>> {
    for (let others = runs; others.length > 0;) {
      const known = await insertNew(this.collections.runs, others.map(toRunDocument));
      others = others.filter(({ id }) => known.has(id));
      const filter = { _id: { $in: [...known] } };
      const mark = { $set: { countedOn: true as const } };
      const { matchedCount } = await again(() => this.collections.runs.updateMany(filter, mark));
      if (matchedCount === others.length) return known;
    }
    return new Set();
  }

  /**
   * Takes over claimed runs of an earlier generation that never started: they must not start, and may be about to be
   * deleted.
   */
  private takeOver(runs: Run[]): Promise<Set<string>> {
    const isVoid = ({ generation }: Run) => ({
      trigger: 'schedule' as const,
      state: 'pending' as const,
      attempts: { $size: 0 },
      generation: { $lt: generation },
    });
    return replaceRuns(this.collections.runs, runs, isVoid);
  }

  /**
   * Deletes the runs that the claims inserted; resolves to the claims whose run stays because somebody relies on it.
   */
  private async withdraw(claims: Claim[], moves: Moves): Promise<Claim[]> {
    if (claims.length === 0) return [];
    const deletions = claims.map((claim) => {
      const { id, owner, attempt, generation, state } = claim.run!;
      const isFree = wasDecidedAgainst(claim, moves) ? {} : { countedOn: { $exists: false } };
      return { deleteOne: { filter: { _id: id, owner, attempt, generation, state, ...isFree } } };
    });
    const { deletedCount } = await again(() => this.collections.runs.bulkWrite(deletions, { ordered: false }));
    if (deletedCount === claims.length) return [];
    const filter = { _id: { $in: claims.map(({ run }) => run!.id) }, countedOn: true as const };
    const left = await this.collections.runs.find(filter, { projection: TOKEN }).toArray();
    const tokens = new Map(left.map((run) => [run._id, run]));
    return claims.filter(({ run }) => hasToken(tokens.get(run!.id), run!));
  }
}

const TOKEN = { owner: 1, attempt: 1, generation: 1, state: 1 } as const;

const hasToken = (stored: Pick<Run, keyof typeof TOKEN> | undefined, run: Run): boolean =>
  stored?.owner === run.owner &&
  stored.attempt === run.attempt &&
  stored.generation === run.generation &&
  stored.state === run.state;
