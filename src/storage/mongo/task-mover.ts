import type { mongo } from 'mongoose';
import type { Claim } from '../../domain/claim.js';
import { isSameJson } from '../../domain/same-json.js';
import { together } from './batches.js';
import { crowdsAmong, lookup } from './bulk.js';
import { isAt, listed, moveMark, type Moves, TASK_MARK } from './claim-marks.js';
import { toLedgerDocument } from './ledger.document.js';
import type { LedgerOutbox } from './ledger-outbox.js';
import { again, isRefused } from './mongo-errors.js';
import type { TaskDocument } from './task.document.js';

/** How many claims a task records: more than can follow each other between a write and the read that checks it. */
const REMEMBERED_MOVES = 5;

/** How often tasks may stay where they are although their claims hold. */
const MOST_MISSED = 3;

/** Moves tasks on from claimed occurrences, each only if it is still at the position of its claim. */
export class TaskMover {
  constructor(
    private readonly tasks: mongo.Collection<TaskDocument>,
    private readonly outbox: LedgerOutbox,
  ) {}

  /** Moves the claims' tasks on, one claim per task. */
  async move(claims: Claim[], token: string, missed = 0): Promise<Moves> {
    const moves = claims.map((claim) => ({ claim, move: moveOf(claim, token) }));
    const { crowds, rest } = crowdsAmong(moves, ({ claim }) => claim.scheduledFor, areAlike);
    const writes = crowds.map((crowd) => this.moveCrowd(crowd));
    if (rest.length > 0) writes.push(this.moveEach(rest));
    const matched = (await together(writes)).reduce((sum, count) => sum + count, 0);
    if (matched === claims.length) return { moved: new Set(claims.map(({ taskId }) => taskId)), others: new Map() };
    // Only totals come back, so the tasks are read to see which ones this write moved.
    const known = await this.movesOf(claims, token);
    return missed === MOST_MISSED ? known : this.moveLeft(claims, token, known, missed);
  }

  /** Moves tasks that are all at the same position to the same next one. */
  private moveAlike(moves: ClaimedMove[]): Promise<number> {
    const [{ claim, move }] = moves as [ClaimedMove];
    const { organization, generation, scheduledFor } = fromOf(claim);
    const filter = { ...settled(moves), organization, generation, 'next.scheduledFor': scheduledFor };
    const moveMarks = { $each: [move.mark], $slice: -REMEMBERED_MOVES };
    const update = { $set: move.to, $inc: { scheduledRuns: move.runs }, $push: { moves: moveMarks } };
    return this.update(filter, update);
  }

  /** A plain statement, in which one odd record fails all; then the one with a table, in which it fails none. */
  private moveCrowd(crowd: ClaimedMove[]): Promise<number> {
    return this.moveAlike(crowd).catch((error: unknown) => {
      if (isRefused(error)) return this.moveEach(crowd);
      throw error;
    });
  }

  private moveEach(moves: ClaimedMove[]): Promise<number> {
    const table = new Map(moves.map(({ claim, move }) => [claim.taskId, move]));
    return this.update({ ...settled(moves), ...standing(moves) }, moveTo(lookup(table)));
  }

  private async update(
    filter: mongo.Filter<TaskDocument>,
    update: mongo.UpdateFilter<TaskDocument> | mongo.Document[],
  ): Promise<number> {
    return (await again(() => this.tasks.updateMany(filter, update))).matchedCount;
  }

  private async movesOf(claims: Claim[], token: string): Promise<Moves> {
    const ids = claims.map(({ taskId }) => taskId);
    const marks = await this.tasks.find({ _id: { $in: ids } }, { projection: TASK_MARK }).toArray();
    const own = new Map(claims.map((claim) => [claim.taskId, moveMark(claim, token)]));
    const moved = new Set(
      marks.filter(({ _id, moves }) => listed(moves).includes(own.get(_id)!)).map(({ _id }) => _id),
    );
    const others = marks.filter(({ _id }) => !moved.has(_id));
    return { moved, others: new Map(others.map((task) => [task._id, task])) };
  }

  /**
   * Moves the tasks that are still at the position of their claim: a full outbox kept them, or the statement missed them,
   * as it may while a cluster moves documents from shard to shard.
   */
  private async moveLeft(claims: Claim[], token: string, { moved, others }: Moves, missed: number): Promise<Moves> {
    const left = claims.filter((claim) => {
      const task = others.get(claim.taskId);
      return task?.organization === claim.organization && isAt(task, claim);
    });
    if (left.length === 0) return { moved, others };
    await this.outbox.empty(left.map(({ taskId }) => others.get(taskId)!));
    const second = await this.move(left, token, missed + 1);
    for (const id of second.moved) others.delete(id);
    return { moved: new Set([...moved, ...second.moved]), others: new Map([...others, ...second.others]) };
  }
}

interface ClaimedMove {
  claim: Claim;
  move: ReturnType<typeof moveOf>;
}

const fromOf = ({ organization, generation, scheduledFor }: Claim) => ({ organization, generation, scheduledFor });

const areAlike = (one: ClaimedMove, other: ClaimedMove): boolean =>
  isSameJson(fromOf(one.claim), fromOf(other.claim)) && isSameJson(one.move, other.move);

/** The condition that the task is one of these and its outbox is empty. */
const settled = (moves: ClaimedMove[]) => ({
  _id: { $in: moves.map(({ claim }) => claim.taskId) },
  outbox: { $exists: false },
});

/** The condition that a task is at the position from which its claim moves it on. */
function standing(moves: ClaimedMove[]): mongo.Filter<TaskDocument> {
  const stands = { organization: '$organization', generation: '$generation', scheduledFor: '$next.scheduledFor' };
  const from = lookup(new Map(moves.map(({ claim }) => [claim.taskId, fromOf(claim)])));
  return { $expr: { $eq: [stands, from] } };
}

/** The changes that a claim makes to its task. */
function moveOf(claim: Claim, token: string) {
  const { dueAt, run, next, state, ledger } = claim;
  const outbox = ledger.length > 0 && { outbox: { token, entries: ledger.map(toLedgerDocument) } };
  return {
    to: { next, state, wakeAt: next?.dueAt ?? null, claimedUntil: dueAt, ...outbox },
    runs: run ? 1 : 0,
    mark: moveMark(claim, token),
  };
}

/** What is stored in place of a number or a list must not keep the tasks of the same statement. */
const COUNTED = { $cond: [{ $isNumber: '$scheduledRuns' }, '$scheduledRuns', 0] };
const MARKS = { $cond: [{ $isArray: ['$moves'] }, '$moves', []] };

/** The update that applies a task's move. */
const moveTo = (move: mongo.Document): mongo.Document[] => [
  { $set: { move } },
  {
    $replaceWith: {
      $mergeObjects: [
        '$$ROOT',
        '$move.to',
        {
          scheduledRuns: { $add: [COUNTED, '$move.runs'] },
          moves: { $slice: [{ $concatArrays: [MARKS, ['$move.mark']] }, -REMEMBERED_MOVES] },
        },
      ],
    },
  },
  { $unset: 'move' },
];
