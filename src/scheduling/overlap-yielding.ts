import { Injectable } from '@nestjs/common';
import { isMakeUp, type Run } from '../domain/run.js';
import { Cancellation } from './cancellation.js';
import { Handback } from './handback.js';
import type { HeldRun } from './held-run.js';
import { OverlapQueue } from './overlap-queue.js';
import { overlapReason } from './overlap-reason.js';
import { comesBefore, hasBegun, OverlapRule, type Elsewhere } from './overlap-rule.js';
import { RunBook } from './run-book.js';
import { RunSettlement } from './run-settlement.js';

/** How long to wait before looking again at a run of the same task that another instance works on. */
const LOOK_AGAIN_MS = 1000;
/** How long to wait before looking again at a run of which another instance may be about to begin. */
const DOUBT_MS = 50;

/** Lets runs go ahead when nothing of their task is in the way, and otherwise does what the task's overlap policy says. */
@Injectable()
export class OverlapYielding {
  /** Runs of which it is being found out whether another one of their task is in the way. */
  private readonly deciding = new Set<string>();
  /** Where the store is being asked for that: the answers, with the task. */
  private readonly asking = new Map<Promise<Elsewhere | null>, string>();

  constructor(
    private readonly overlap: OverlapRule,
    private readonly queue: OverlapQueue,
    private readonly book: RunBook,
    private readonly handback: Handback,
    private readonly settlement: RunSettlement,
    private readonly cancellation: Cancellation,
  ) {}

  /** Calls `goAhead` with the run, which has a place, unless another one is in its way: at once where that is known. */
  pass(held: HeldRun, goAhead: (held: HeldRun) => void): void {
    const others = this.overlap.blocking(held, () => this.inTheWayHere(held));
    if (others === null) {
      this.queue.arrived(held.run);
      return goAhead(held);
    }
    const { id } = held.run;
    this.deciding.add(id);
    void this.resolve(held, others, goAhead)
      .catch((error: unknown) => this.settlement.report(held.run, error))
      .finally(() => this.deciding.delete(id));
  }

  /** What has begun here, and what waits here and comes first. */
  private inTheWayHere(held: HeldRun): Run[] {
    const { run } = held;
    if (run.state !== 'pending') return [];
    return [...this.book.inTheWayOf(run), ...this.queue.aheadOf(held)];
  }

  isDeciding(runId: string): boolean {
    return this.deciding.has(runId);
  }

  /** Resolves once of every run of the task that was about to start here it is known whether it does. */
  async decided(taskId: string): Promise<void> {
    await Promise.all([...this.asking].flatMap(([answer, asked]) => (asked === taskId ? [answer] : [])));
  }

  private async resolve(held: HeldRun, here: Run[], goAhead: (held: HeldRun) => void): Promise<void> {
    const { run } = held;
    if (here.length > 0) return this.yieldTo(here, held, () => this.queue.push(held));
    const answer = this.overlap.elsewhere(held).catch(() => null);
    this.asking.set(answer, run.taskId);
    const elsewhere = await answer;
    this.asking.delete(answer);
    if (elsewhere?.inTheWay.length) {
      return this.yieldTo(elsewhere.inTheWay, held, () => this.queue.comeAgain(held, LOOK_AGAIN_MS));
    }
    // Another one of the task may have begun here since the store was asked.
    const hereMeanwhile = this.inTheWayHere(held);
    if (hereMeanwhile.length > 0) return this.yieldTo(hereMeanwhile, held, () => this.queue.push(held));
    if (elsewhere && !elsewhere.doubtful && this.handback.isOurs(run)) {
      this.queue.arrived(run);
      return goAhead(held);
    }
    this.handback.release(run);
    this.queue.comeAgain(held, elsewhere ? DOUBT_MS : LOOK_AGAIN_MS);
  }

  /** Leaves its place to other runs of its task. */
  private async yieldTo(others: Run[], held: HeldRun, wait: () => void): Promise<void> {
    this.handback.release(held.run);
    const { overlap } = held.task.definition;
    // Work that was begun is not given up for a later occurrence.
    if (isMakeUp(held.run) || hasBegun(held.run)) return wait();
    // A backfill must not cost the schedule its occurrences: one waits for the run that is under way, and goes next.
    if (overlap === 'skip' && others.every(isMakeUp)) return wait();
    if (overlap === 'skip') {
      return this.settlement.close(held, 'skip', overlapReason(others[0]!.id));
    }
    const successor = overlap === 'replace' && others.find((other) => !isMakeUp(other) && comesBefore(held.run, other));
    if (successor) return this.settlement.close(held, 'cancel', replacedBy(successor));
    wait();
    if (overlap === 'replace') await this.replace(others, held.run);
  }

  private async replace(others: Run[], by: Run): Promise<void> {
    for (const { id, organization } of others) {
      const isHere = await this.cancellation.cancel(id, replacedBy(by));
      if (!isHere) await this.overlap.cancelElsewhere(organization, id);
    }
  }
}

const replacedBy = ({ id }: Run): string => `replaced by run ${id}`;
