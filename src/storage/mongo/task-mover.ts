import type { mongo } from 'mongoose';
import type { Claim } from '../../scheduling/run.store.js';
import { together } from './batches.js';
import { crowdsAmong, lookup } from './bulk.js';
import { isAt, moveMark, type Moves, TASK_MARK } from './claim-marks.js';
import { toLedgerDocument } from './ledger.document.js';
import type { LedgerOutbox } from './ledger-outbox.js';
import { again } from './mongo-errors.js';
import type { TaskDocument } from './task.document.js';

/** How many claims a task remembers: more than can follow one another between a write and the read that checks it. */
const REMEMBERED_MOVES = 5;

/** Moves tasks on from claimed occurrences, each only if it still stands where its claim says. */
export class TaskMover {
  constructor(
    private readonly tasks: mongo.Collection<TaskDocument>,
    private readonly outbox: LedgerOutbox,
  ) {}

  /** Moves the claims' tasks on, one claim a task. */
  async move(claims: Claim[], token: string): Promise<Moves> {
    const moves = claims.map((claim) => ({ claim, move: moveOf(claim, token) }));
    const { crowds, rest } = crowdsAmong(moves, ({ claim, move }) => JSON.stringify([fromOf(claim), move]));
    const writes = crowds.map((crowd) => this.moveAlike(crowd));
    if (rest.length > 0) writes.push(this.moveEach(rest));
    const matched = (await together(writes)).reduce((sum, count) => sum + count, 0);
    if (matched === claims.length) return { moved: new Set(claims.map(({ taskId }) => taskId)), others: new Map() };
    // Only totals come back, so the tasks are asked which of them this write moved.
    return this.moveBlocked(claims, token, await this.movesOf(claims, token));
  }

  /** Moves tasks that all stand at the same place to one other. */
  private moveAlike(moves: ClaimedMove[]): Promise<number> {
    const [{ claim, move }] = moves as [ClaimedMove];
    const { organization, generation, scheduledFor } = fromOf(claim);
    const filter = { ...settled(moves), organization, generation, 'next.scheduledFor': scheduledFor };
    const moveMarks = { $each: [move.mark], $slice: -REMEMBERED_MOVES };
    const update = { $set: move.to, $inc: { scheduledRuns: move.runs }, $push: { moves: moveMarks } };
    return this.update(filter, update);
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
    const moved = new Set(marks.filter(({ _id, moves }) => moves?.includes(own.get(_id)!)).map(({ _id }) => _id));
    const others = marks.filter(({ _id }) => !moved.has(_id));
    return { moved, others: new Map(others.map((task) => [task._id, task])) };
  }

  /** Moves the tasks that only an outbox kept from moving. */
  private async moveBlocked(claims: Claim[], token: string, { moved, others }: Moves): Promise<Moves> {
    const blocked = claims.filter((claim) => {
      const task = others.get(claim.taskId);
      return task?.outbox && isAt(task, claim);
    });
    if (blocked.length === 0) return { moved, others };
    await this.outbox.empty(blocked.map(({ taskId }) => others.get(taskId)!));
    const second = await this.move(blocked, token);
    for (const id of second.moved) others.delete(id);
    return { moved: new Set([...moved, ...second.moved]), others: new Map([...others, ...second.others]) };
  }
}

interface ClaimedMove {
  claim: Claim;
  move: ReturnType<typeof moveOf>;
}

const fromOf = ({ organization, generation, scheduledFor }: Claim) => ({ organization, generation, scheduledFor });

/** The condition that it is one of these tasks, and that its outbox is empty. */
const settled = (moves: ClaimedMove[]) => ({
  _id: { $in: moves.map(({ claim }) => claim.taskId) },
  outbox: { $exists: false },
});

/** The condition that a task stands where its claim moves it on from. */
function standing(moves: ClaimedMove[]): mongo.Filter<TaskDocument> {
  const stands = { organization: '$organization', generation: '$generation', scheduledFor: '$next.scheduledFor' };
  const from = lookup(new Map(moves.map(({ claim }) => [claim.taskId, fromOf(claim)])));
  return { $expr: { $eq: [stands, from] } };
}

/** What becomes of the task. */
function moveOf(claim: Claim, token: string) {
  const { dueAt, run, next, state, ledger } = claim;
  const outbox = ledger.length > 0 && { outbox: { token, entries: ledger.map(toLedgerDocument) } };
  return {
    to: { next, state, wakeAt: next?.dueAt ?? null, claimedUntil: dueAt, ...outbox },
    runs: run ? 1 : 0,
    mark: moveMark(claim, token),
  };
}

/** The update that makes a task's move. */
const moveTo = (move: mongo.Document): mongo.Document[] => [
  { $set: { move } },
  {
    $replaceWith: {
      $mergeObjects: [
        '$$ROOT',
        '$move.to',
        {
          scheduledRuns: { $add: [{ $ifNull: ['$scheduledRuns', 0] }, '$move.runs'] },
          moves: { $slice: [{ $concatArrays: [{ $ifNull: ['$moves', []] }, ['$move.mark']] }, -REMEMBERED_MOVES] },
        },
      ],
    },
  },
  { $unset: 'move' },
];
