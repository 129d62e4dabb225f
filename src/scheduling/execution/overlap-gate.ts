import { Injectable } from '@nestjs/common';
import { isMakeUp, type Run } from '../../domain/run.js';
import { ActiveRuns } from '../holding/active-runs.js';
import { HeldRuns } from '../holding/held-runs.js';
import type { Hold } from '../holding/hold.js';
import { RunSettlement } from '../holding/run-settlement.js';
import { OverlapQueue } from '../overlap/overlap-queue.js';
import { OverlapRule, type Elsewhere } from '../overlap/overlap-rule.js';
import { overlapReason } from '../planning/obstacle.js';
import { comesBefore, hasBegun } from '../planning/precedence.js';
import { Cancellation } from './cancellation.js';

/** How long to wait before checking again for a run of the same task on another instance (ms). */
const LOOK_AGAIN_MS = 1000;
/** How long to wait before checking again when another instance may be about to begin a run (ms). */
const DOUBT_MS = 50;

/** Lets a run go ahead when no other run of its task is in the way, and otherwise applies the task's overlap policy. */
@Injectable()
export class OverlapGate {
  /** The store's pending answers on whether another run of the task is in the way, with the id of the task. */
  private readonly asking = new Map<Promise<Elsewhere | null>, string>();

  constructor(
    private readonly overlap: OverlapRule,
    private readonly queue: OverlapQueue,
    private readonly activeRuns: ActiveRuns,
    private readonly held: HeldRuns,
    private readonly settlement: RunSettlement,
    private readonly cancellation: Cancellation,
  ) {}

  /**
   * Calls `goAhead` unless another run is in the way of this one, which has a slot; at once if the answer is known
   * here.
   */
  pass(hold: Hold, goAhead: () => void): void {
    // Whatever the policy: an attempt does not begin beside an earlier one of the same run.
    if (this.activeRuns.goesOn(hold.run.id)) return void this.held.move(hold, 'waiting-for-overlap');
    const others = this.overlap.blocking(hold, () => this.inTheWayHere(hold));
    if (others === null) {
      this.queue.arrived(hold.run);
      return goAhead();
    }
    const { run } = hold;
    void this.resolve(hold, others, goAhead).catch((error: unknown) => {
      this.settlement.report(run, error);
      if (hold.phase === 'starting') this.held.lose(hold);
    });
  }

  /** The runs that have begun here, and those that wait here and come first. */
  private inTheWayHere(hold: Hold): Run[] {
    const { run } = hold;
    if (run.state !== 'pending') return [];
    return [...this.activeRuns.inTheWayOf(run), ...this.queue.aheadOf(hold)];
  }

  /** Resolves once it is decided for every run of the task that was about to start here whether it starts. */
  async decided(taskId: string): Promise<void> {
    await Promise.all([...this.asking].flatMap(([answer, asked]) => (asked === taskId ? [answer] : [])));
  }

  private async resolve(hold: Hold, here: Run[], goAhead: () => void): Promise<void> {
    const { run } = hold;
    const wait = () => void this.held.move(hold, 'waiting-for-overlap');
    if (here.length > 0) return this.yieldTo(here, hold, wait);
    const answer = this.overlap.elsewhere(hold).catch(() => null);
    this.asking.set(answer, run.taskId);
    const elsewhere = await answer;
    this.asking.delete(answer);
    // The run may have been cancelled meanwhile, or lost with the lock.
    if (hold.phase !== 'starting') return;
    if (elsewhere?.inTheWay.length) {
      return this.yieldTo(elsewhere.inTheWay, hold, () => this.queue.comeAgain(hold, LOOK_AGAIN_MS));
    }
    // Another run of the task may have begun here since the store was asked.
    const hereMeanwhile = this.inTheWayHere(hold);
    if (hereMeanwhile.length > 0) return this.yieldTo(hereMeanwhile, hold, wait);
    if (elsewhere && !elsewhere.doubtful && this.held.isOurs(run)) {
      this.queue.arrived(run);
      return goAhead();
    }
    this.queue.comeAgain(hold, elsewhere ? DOUBT_MS : LOOK_AGAIN_MS);
  }

  /**
   * Applies the overlap policy, because other runs of the task are in the way. Whatever follows, the run gives up its
   * slot.
   */
  private async yieldTo(others: Run[], hold: Hold, wait: () => void): Promise<void> {
    const { run } = hold;
    const { overlap } = hold.task.definition;
    // Work that has begun is not given up for a later occurrence.
    if (isMakeUp(run) || hasBegun(run)) return wait();
    // A backfill must not cost the schedule its occurrences: the run waits for the one under way, and goes next.
    if (overlap === 'skip' && others.every(isMakeUp)) return wait();
    if (overlap === 'skip') {
      return this.settlement.close(hold, 'skip', overlapReason(others[0]!.id));
    }
    const successor = overlap === 'replace' && others.find((other) => !isMakeUp(other) && comesBefore(run, other));
    if (successor) return this.settlement.close(hold, 'cancel', replacedBy(successor));
    wait();
    if (overlap === 'replace') await this.replace(others, run);
  }

  private async replace(others: Run[], by: Run): Promise<void> {
    for (const { id, organization } of others) {
      const isHere = await this.cancellation.cancel(id, replacedBy(by));
      if (!isHere) await this.overlap.cancelElsewhere(organization, id);
    }
  }
}

const replacedBy = ({ id }: Run): string => `replaced by run ${id}`;
