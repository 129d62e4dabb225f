import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Attempts } from './attempts.js';
import { Handback } from './handback.js';
import type { HeldRun } from './held-run.js';
import { OverlapRule } from './overlap-rule.js';
import { Needs } from './needs.js';
import { PoolLine } from './pool-line.js';
import { isWaitReason, ResourcePools } from './resource-pools.js';
import { RunBook } from './run-book.js';
import { RunSettlement } from './run-settlement.js';
import { SecondLook } from './second-look.js';
import { WaitingMarks } from './waiting-marks.js';

/** How long to wait before asking again for units that another instance may still hold. */
const ASK_AGAIN_MS = 50;

/** Starts runs with the units of resource pools that they need, or lets them wait in line for those. */
@Injectable()
export class Outfitter {
  /** Runs with a place whose units are being taken. */
  private readonly equipping = new Map<string, { held: HeldRun; done: Promise<void> }>();
  private readonly cancelledMeanwhile = new Set<string>();
  private stopping = false;
  private readonly logger = new Logger(Outfitter.name);

  constructor(
    private readonly clock: Clock,
    private readonly pools: ResourcePools,
    private readonly line: PoolLine,
    private readonly needs: Needs,
    private readonly overlap: OverlapRule,
    private readonly secondLook: SecondLook,
    private readonly book: RunBook,
    private readonly attempts: Attempts,
    private readonly settlement: RunSettlement,
    private readonly handback: Handback,
    private readonly marks: WaitingMarks,
  ) {
    line.connect({
      ready: ({ run }) => this.handback.againIn(0, run),
      expired: (held) => this.settlement.endUnstarted(held),
    });
  }

  has(runId: string): boolean {
    return this.equipping.has(runId) || this.line.has(runId);
  }

  /** Starts the run, which has a place, as soon as it has what it needs. */
  start(held: HeldRun): void {
    if (this.stopping) return this.giveBack(held);
    const learning = this.needs.learn(held.run.organization);
    const needsNothing = !learning && Object.keys(this.needs.of(held)).length === 0;
    if (needsNothing && !this.secondLook.isDue(held)) return this.attempts.start(held);
    const equipping = this.equip(held, learning).finally(() => this.equipping.delete(held.run.id));
    this.equipping.set(held.run.id, { held, done: equipping });
  }

  /** Takes the units of an attempt that another instance began, as soon as they are no longer that one's. */
  async claimUnits(held: HeldRun): Promise<void> {
    await this.needs.learn(held.run.organization);
    do {
      if (await this.pools.take(held.run, this.needs.ofBegun(held)).catch(() => false)) {
        if (!this.attempts.isUnderWay(held.run)) this.pools.give(held.run.id);
        return;
      }
      await this.clock.sleep(ASK_AGAIN_MS);
    } while (this.attempts.isUnderWay(held.run));
  }

  /** Learns ahead of a start what it will need, so that it need not wait for the answer. */
  foresee({ run }: HeldRun): void {
    void this.needs.learn(run.organization);
  }

  /** Takes out a run that waits for its units. */
  take(runId: string): HeldRun | undefined {
    const equipping = this.equipping.get(runId);
    if (equipping) this.cancelledMeanwhile.add(runId);
    return equipping?.held ?? this.line.take(runId);
  }

  /** Starts nothing more and takes out what waits in line. */
  stop(): HeldRun[] {
    this.stopping = true;
    return this.clear();
  }

  /** Takes out what waits in line. */
  clear(): HeldRun[] {
    const waiting = this.line.all();
    this.line.clear();
    return waiting;
  }

  /** Resolves once nothing is being equipped. */
  async settled(): Promise<void> {
    await Promise.all([...this.equipping.values()].map(({ done }) => done));
  }

  /** Resolves once no run of the task is being equipped. */
  async equipped(taskId: string): Promise<void> {
    const equipping = [...this.equipping.values()].filter(({ held }) => held.run.taskId === taskId);
    await Promise.all(equipping.map(({ done }) => done));
  }

  /** Starts the run, which has a place, with the units that it needs, or lets it wait for them without a place. */
  private async equip(held: HeldRun, learning: Promise<void> | undefined): Promise<void> {
    const { run } = held;
    await learning;
    const isBehind = this.line.isBehind(held);
    const equipped = !isBehind && (await this.pools.take(run, this.needs.of(held)).catch(() => false));
    const isConfirmed = await this.secondLook.confirms(held).catch(() => false);
    const isOurs = this.handback.isOurs(run) && !this.cancelledMeanwhile.delete(run.id);
    if (equipped && isConfirmed && isOurs && !this.stopping) {
      this.line.arrived(run.id);
      // Only what has begun here meanwhile matters: of other instances' runs the store was asked before.
      if (!this.overlap.blocking(held, () => this.book.inTheWayOf(run))?.length) {
        run.reason = isWaitReason(run.reason) ? null : run.reason;
        return this.attempts.start(held);
      }
    }
    if (equipped) this.pools.give(run.id);
    this.handback.release(run);
    if (!isOurs) return this.line.arrived(run.id);
    if (this.stopping) return this.settlement.giveBack(run);
    // Its task has changed or a run of it has begun meanwhile: it is looked at anew what becomes of this one.
    if (equipped) return this.handback.againIn(0, run);
    await this.waitForUnits(held);
  }

  /** Nothing begins here any more: the run, which has a place, is for whoever wants it next. */
  private giveBack({ run }: HeldRun): void {
    this.handback.release(run);
    void this.settlement.giveBack(run);
  }

  private async waitForUnits(held: HeldRun): Promise<void> {
    const { run } = held;
    this.line.push(held);
    this.marks.putOff(run);
    try {
      const reason = await this.pools.shortageOf(run, this.needs.of(held));
      if (reason === run.reason) return;
      run.reason = reason;
      if (!(await this.marks.write(run))) this.line.take(run.id);
    } catch (error) {
      this.logger.warn(`Why run ${run.id} waits could not be written: ${(error as Error).message}`);
    }
  }
}
