import { setImmediate as turn } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Pace } from '../../batching/pace.js';
import { Ownership } from '../../cluster/ownership.js';
import { Presence } from '../../cluster/presence.js';
import { Slots } from '../../cluster/slots.js';
import { Alarm } from '../../clock/alarm.js';
import { Clock } from '../../clock/clock.js';
import type { Task } from '../../domain/task.js';
import { LockManager } from '../../locking/lock-manager.js';
import { RuntimeSettings } from '../../settings/runtime-settings.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { ExecutionOrchestrator } from '../execution/execution-orchestrator.js';
import { Resumption } from '../execution/resumption.js';
import { EngineState } from '../holding/engine-state.js';
import { HeldRuns } from '../holding/held-runs.js';
import { Hold } from '../holding/hold.js';
import { RunPayloads } from '../holding/run-payloads.js';
import { SharedHeap } from '../queues/shared-heap.js';
import { Claimer } from './claimer.js';
import { DueWindow } from './due-window.js';
import { SlotQueue } from './slot-queue.js';

/** Up to this many runs of an organization are always kept in memory, whatever other organizations have brought. */
const FEW = 1000;
/** The most that one round claims, so that the first claims need not wait for a whole crowd. */
const LARGEST_ROUND = 1000;
/** How long something that was refused a slot waits until it is tried again although none was released (ms). */
const REFUSED_MS = 1000;
/** What waits for longer than this leaves what it carries in the store (ms). */
const SHED_MS = 1000;

/**
 * Waits with one timer for what is due next, puts it in line for a slot, and has it claimed, in rounds, as soon as there
 * is one.
 */
@Injectable()
export class Dispatcher {
  /** The runs that want a slot, now or later. None is ever forgotten. */
  private readonly attempts = new SharedHeap<Hold>({ count: Number.POSITIVE_INFINITY });
  private readonly alarm: Alarm;
  private readonly retry: Alarm;
  /** Whether everything that is ready was refused a slot, and nothing has changed since. */
  private isStuck = false;
  private open = false;
  private pumping: Promise<void> | null = null;
  /** What this round claims, and a promise that resolves when it is done. */
  private current: { holds: readonly Hold[]; done: Promise<void> } | null = null;
  private readonly pace: Pace;
  private readonly logger = new Logger(Dispatcher.name);

  constructor(
    private readonly clock: Clock,
    private readonly window: DueWindow,
    private readonly line: SlotQueue,
    private readonly claimer: Claimer,
    private readonly resumption: Resumption,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly held: HeldRuns,
    private readonly slots: Slots,
    private readonly locks: LockManager,
    private readonly engine: EngineState,
    private readonly ownership: Ownership,
    private readonly payloads: RunPayloads,
    presence: Presence,
    runtime: RuntimeSettings,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'heapLimit'>,
  ) {
    this.pace = presence.pace();
    this.alarm = new Alarm(clock, () => this.tick());
    this.retry = new Alarm(clock, () => this.lookAgain());
    held.keep('ready', {
      enter: (hold) => this.wait(hold),
      leave: (hold) => this.drop(hold),
      clear: () => this.abandon(),
    });
    held.onSlotFreed(() => this.slotFreed());
    window.onLoaded(() => this.tick());
    runtime.onChange(() => this.lookAgain());
  }

  /** Begins to load what is due within the horizon, and to pass it on. */
  start(): void {
    this.open = true;
    this.window.start();
  }

  /** Passes on nothing more; resolves once no claim is being written. */
  async stop(): Promise<void> {
    this.open = false;
    this.alarm.off();
    this.window.stop();
    this.retry.off();
    await this.pumping;
  }

  /** Minds the task as it was just created or changed, instead of its former version. */
  track(task: Task): void {
    this.ownership.adopt(task.id);
    this.window.release(task.id);
    this.keep(task);
  }

  /** Minds the task no longer; resolves once nothing of it is about to start from an earlier reading of it. */
  async forget(taskId: string): Promise<void> {
    const wasWithheld = this.window.isWithheld(taskId);
    await this.withhold(taskId);
    if (!wasWithheld) this.release(taskId);
  }

  /** Like `forget`, and claims nothing of the task until it is released or tracked. */
  async withhold(taskId: string): Promise<void> {
    this.window.withhold(taskId);
    this.line.dropTask(taskId);
    // Waits for this round only: the next one would claim again from a task that is always due.
    while (this.isBusyWith(taskId)) await this.current!.done;
  }

  /** Minds a withheld task again that was not changed; the next search for overdue tasks finds it. */
  release(taskId: string): void {
    this.window.release(taskId);
  }

  /** Adds tasks that were found overdue, unless they are already being handled. */
  offer(tasks: readonly Task[]): void {
    for (const task of tasks) {
      if (this.window.isHandled(task.id)) continue;
      this.window.forget(task.id);
      this.queue(task);
    }
    this.pump();
  }

  /** Whether another run of the organization can be kept in memory; the store keeps the others. */
  hasRoom(organization: string): boolean {
    if (this.line.isHeavy(organization)) return false;
    return this.attempts.size + this.line.size < this.settings.heapLimit || this.line.heldOf(organization) < FEW;
  }

  private wait(hold: Hold): void {
    if (hold.dueAt > this.clock.now() + SHED_MS) this.payloads.shed(hold.run);
    this.attempts.add(hold);
    this.setAlarm();
    if (hold.dueAt <= this.clock.now()) this.tick();
  }

  private drop(hold: Hold): void {
    this.attempts.remove(hold);
    this.line.dropRun(hold.run.id);
  }

  private slotFreed(): void {
    this.isStuck = false;
    if (this.line.size > 0) this.pump();
  }

  /** Slots may be given by other rules by now, and what waited may have been dropped. */
  private lookAgain(): void {
    this.isStuck = false;
    this.tick();
  }

  private tick(): void {
    if (!this.open) return;
    this.fill(this.clock.now());
    this.setAlarm();
    this.pump();
  }

  /** Puts what is due in line, as much of each organization as is of use there. */
  private fill(now: number): void {
    for (const task of this.window.take(now)) this.queue(task);
    for (const hold of this.line.takeFrom(this.attempts, now)) this.queueRun(hold);
  }

  private queue(task: Task): void {
    if (this.window.isWithheld(task.id)) return;
    this.isStuck = false;
    this.line.addTask(task);
  }

  private queueRun(hold: Hold): void {
    this.isStuck = false;
    this.line.addRun(hold);
  }

  private keep(task: Task): void {
    this.window.keep(task);
    this.setAlarm();
  }

  private setAlarm(): void {
    if (!this.open) return;
    const next = Math.min(this.window.nextAt, this.attempts.nextDueAt() ?? Number.POSITIVE_INFINITY);
    this.alarm.set(next === Number.POSITIVE_INFINITY ? undefined : next);
  }

  /** Gives slots to what is ready, in rounds. What becomes ready while a round is written goes into the next one. */
  private pump(): void {
    if (this.pumping || !this.open || this.line.size === 0 || this.slots.free <= 0) return;
    if (this.isStuck) return;
    // Without the lock a round does nothing and would be followed by another for ever. Regaining the lock loads anew.
    if (!this.locks.isHeld()) return;
    this.pumping = this.rounds().finally(() => {
      this.pumping = null;
      this.tick();
      if (this.pumping === null) this.orchestrator.prepareStarts();
    });
  }

  private async rounds(): Promise<void> {
    // Everything that becomes due in this turn of the event loop goes into one round.
    await Promise.resolve();
    while (this.open && this.locks.isHeld()) {
      this.fill(this.clock.now());
      const holds = this.takeReady();
      if (holds.length === 0) return this.waitForSlots();
      this.current = { holds, done: this.pace.measured(holds.length, () => this.round(holds)) };
      await this.current.done;
      this.current = null;
      // Of what this round began, some is over at once: the next round fills those slots, too.
      if (this.line.size > 0) await turn();
    }
  }

  /** Takes out what is ready, as far as there are slots. From now on each item has its slot. */
  private takeReady(): Hold[] {
    const taken: Hold[] = [];
    this.line.take(this.pace.limit(LARGEST_ROUND), (due) => {
      if (!(due instanceof Hold)) taken.push(this.held.claimNext(due));
      else if (this.held.move(due, 'claiming')) taken.push(due);
    });
    return taken;
  }

  private async round(holds: readonly Hold[]): Promise<void> {
    const runs = holds.flatMap((hold) => (hold.isKnown ? [hold.run] : []));
    const tasks = holds.flatMap((hold) => (hold.isKnown ? [] : [hold.task]));
    try {
      // First, because an armed run of an old definition that is claimed again would look like one of the new
      // definition to the instance that made the change.
      await this.resumption.withdraw(this.orchestrator.revokeOutdated(tasks));
      const [claimed, resumed] = await Promise.all([this.claimer.claim(tasks), this.resumption.resume(runs)]);
      await this.resumption.withdraw(this.orchestrator.revokeOutdated(claimed.changed));
      if (this.open) for (const task of claimed.moved) this.keep(task);
      const ours = [...claimed.held, ...resumed].flatMap((each) => this.held.claimed(each) ?? []);
      this.orchestrator.orchestrateTaskExecution(ours);
      this.held.endClaims(holds);
    } catch (error) {
      this.engine.doubt();
      this.logger.error(`Due work could not be claimed, trying again: ${(error as Error).message}`);
      this.tryAgain(holds);
      await this.clock.sleep(250);
    }
  }

  /**
   * What waits is refused a slot for now: until a slot is released, something else is due, or the shares have changed.
   */
  private waitForSlots(): void {
    this.isStuck = this.line.size > 0;
    if (this.isStuck) this.retry.set(this.clock.now() + REFUSED_MS);
  }

  private isBusyWith(taskId: string): boolean {
    return this.current?.holds.some((hold) => (hold.taskId ?? hold.run.taskId) === taskId) ?? false;
  }

  private tryAgain(holds: readonly Hold[]): void {
    const isHeld = this.locks.isHeld();
    for (const hold of holds) {
      if (hold.phase !== 'claiming') continue;
      if (hold.isKnown && isHeld) this.held.putBack(hold);
      else this.held.leave(hold);
      if (!hold.isKnown && isHeld) this.queue(hold.task);
    }
  }

  private abandon(): void {
    this.line.clear();
    this.attempts.drop(() => true);
    this.alarm.off();
    this.retry.off();
  }
}
