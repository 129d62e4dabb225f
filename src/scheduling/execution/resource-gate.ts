import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { HeldRuns } from '../holding/held-runs.js';
import type { Hold } from '../holding/hold.js';
import { SetAsideRuns } from '../holding/set-aside-runs.js';
import type { HeldRun } from '../planning/held-run.js';
import { OverlapRule } from '../overlap/overlap-rule.js';
import { Needs } from '../resources/needs.js';
import { PoolQueue } from '../resources/pool-queue.js';
import { isWaitReason } from '../resources/pool-sizes.js';
import { ResourcePools } from '../resources/resource-pools.js';
import { ActiveRuns } from '../holding/active-runs.js';
import { RunSettlement } from '../holding/run-settlement.js';
import { SecondLook } from '../overlap/second-look.js';
import { WaitingMarks } from '../holding/waiting-marks.js';

/** How long to wait before asking again for units that another instance may still hold (ms). */
const ASK_AGAIN_MS = 50;

/** Lets runs go ahead with the units of resource pools that they need, or lets them wait in line for units. */
@Injectable()
export class ResourceGate {
  /** Runs whose units are being taken, each with a promise that resolves when this is done. */
  private readonly equipping = new Map<Hold, Promise<void>>();
  private stopping = false;
  private readonly logger = new Logger(ResourceGate.name);

  constructor(
    private readonly clock: Clock,
    private readonly pools: ResourcePools,
    private readonly line: PoolQueue,
    private readonly needs: Needs,
    private readonly overlap: OverlapRule,
    private readonly secondLook: SecondLook,
    private readonly activeRuns: ActiveRuns,
    private readonly settlement: RunSettlement,
    private readonly held: HeldRuns,
    private readonly aside: SetAsideRuns,
    private readonly marks: WaitingMarks,
  ) {}

  /** Calls `goAhead` as soon as the run, which has a slot, has what it needs; at once if it needs nothing. */
  pass(hold: Hold, goAhead: () => void): void {
    if (this.stopping) return void this.settlement.giveBack(hold);
    const learning = this.needs.learn(hold.organization);
    const needsNothing = !learning && Object.keys(this.needs.of(hold)).length === 0;
    if (needsNothing && !this.secondLook.isDue(hold)) return goAhead();
    const equipping = this.equip(hold, learning, goAhead)
      .catch((error: unknown) => this.giveUp(hold, error))
      .finally(() => this.equipping.delete(hold));
    this.equipping.set(hold, equipping);
  }

  /** Takes the units of an attempt that another instance began, as soon as that instance no longer holds them. */
  async claimUnits(hold: Hold): Promise<void> {
    const { run, task, assignment } = hold;
    await this.needs.learn(run.organization);
    const take = async () => this.pools.takeBegun(run, this.needs.of({ run, task }));
    do {
      if (await take().catch(() => false)) {
        if (hold.assignment !== assignment) this.pools.give(run.id);
        return;
      }
      await this.clock.sleep(ASK_AGAIN_MS);
    } while (hold.assignment === assignment);
  }

  /** Loads ahead of a start what the run will need, so that it need not wait for the answer. */
  foresee({ run }: HeldRun): void {
    void this.needs.learn(run.organization);
  }

  /** Lets nothing more go ahead. */
  stop(): void {
    this.stopping = true;
  }

  /** Resolves once nothing is being equipped. */
  async settled(): Promise<void> {
    await Promise.all(this.equipping.values());
  }

  /** Resolves once no run of the task is being equipped. */
  async equipped(taskId: string): Promise<void> {
    await Promise.all([...this.equipping].flatMap(([{ run }, done]) => (run.taskId === taskId ? [done] : [])));
  }

  /** Lets the run, which has a slot, go ahead with the units that it needs, or wait for them without a slot. */
  private async equip(hold: Hold, learning: Promise<void> | undefined, goAhead: () => void): Promise<void> {
    const { run } = hold;
    await learning;
    const isBehind = this.line.isBehind(hold);
    const equipped = !isBehind && (await this.pools.take(run, this.needs.of(hold)).catch(() => false));
    const isConfirmed = await this.secondLook.confirms(hold).catch(() => false);
    // The run may have been cancelled meanwhile, or lost with the lock.
    const isStarting = hold.phase === 'starting' && this.held.isOurs(run);
    // Units of a rate must be used soon after they were taken, or another start may come too close to this one.
    const isTimely = equipped && this.pools.mayBegin(run.id);
    if (isTimely && isConfirmed && isStarting && !this.stopping) {
      this.line.arrived(run.id);
      // Only runs that began here meanwhile matter: the store was asked about those of other instances before.
      if (!this.overlap.blocking(hold, () => this.activeRuns.inTheWayOf(run))?.length) {
        run.reason = isWaitReason(run.reason) ? null : run.reason;
        return this.release(hold, goAhead);
      }
    }
    if (equipped) this.pools.give(run.id);
    if (hold.phase !== 'starting') return this.line.arrived(run.id);
    if (!isStarting) return this.drop(hold);
    if (this.stopping) return this.settlement.giveBack(hold);
    // The task has changed, or another run of it has begun, or the units have come too late: this is decided anew.
    if (equipped) return this.held.comeAgain(hold, this.clock.now());
    await this.waitForUnits(hold);
  }

  /** Lets the run go ahead; if it does not begin after all, it holds nothing. */
  private release(hold: Hold, goAhead: () => void): void {
    goAhead();
    if (hold.isUnderWay) this.pools.begun(hold.run.id);
    else this.pools.give(hold.run.id);
  }

  private giveUp(hold: Hold, error: unknown): void {
    this.line.arrived(hold.run.id);
    if (hold.phase !== 'starting') return;
    this.pools.give(hold.run.id);
    this.aside.note(hold, hold.task, error);
  }

  private drop(hold: Hold): void {
    this.line.arrived(hold.run.id);
    this.held.lose(hold);
  }

  private async waitForUnits(hold: Hold): Promise<void> {
    const { run } = hold;
    this.held.move(hold, 'waiting-for-units');
    this.marks.putOff(run);
    try {
      const reason = await this.pools.shortageOf(run, this.needs.of(hold));
      if (reason === run.reason || this.marks.isOver(run)) return;
      run.reason = reason;
      if (!(await this.marks.write(run)) && hold.phase === 'waiting-for-units') this.held.lose(hold);
    } catch (error) {
      this.logger.warn(`Why run ${run.id} waits could not be written: ${(error as Error).message}`);
    }
  }
}
