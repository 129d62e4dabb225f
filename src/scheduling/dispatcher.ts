import { Inject, Injectable, Logger } from '@nestjs/common';
import { Alarm } from '../clock/alarm.js';
import { Clock } from '../clock/clock.js';
import type { Run } from '../domain/run.js';
import { wakeAt, type Task } from '../domain/task.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { ClaimDesk } from './claim-desk.js';
import { DueHeap } from './due-heap.js';
import { DuePages } from './due-pages.js';
import { EngineState } from './engine-state.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import type { Backlog } from './handback.js';
import type { HeldRun } from './held-run.js';
import { Ownership } from './ownership.js';
import { Presence } from './presence.js';
import { ReadyQueue, type Ready } from './ready-queue.js';
import { TaskStore } from './task.store.js';
import { Weights } from './weights.js';

/** Something that wants a place: a task whose next occurrence is due, or a run of ours whose next attempt is. */
type Due = { task: Task } | { run: Run };

/** The most that is claimed in one round: what was claimed first need not wait until a crowd is. */
const LARGEST_ROUND = 1000;
/** How long what was refused a place waits before it is looked at anew, though nothing was freed (ms). */
const REFUSED_MS = 1000;
/** How long after the tasks were divided anew every instance has heard of that (ms): each looks once a second. */
const DIVIDED_MS = 2000;

/**
 * Waits for what is due next, by a heap and one timer, and hands it on as soon as there is a place for it. The heap
 * holds what is due within the horizon; the store is asked for more before that runs out.
 */
@Injectable()
export class Dispatcher implements Backlog {
  private readonly occurrences: DueHeap<Task>;
  private readonly attempts = new DueHeap<Run>();
  private readonly ready: ReadyQueue<Due>;
  private readonly alarm: Alarm;
  private readonly reload: Alarm;
  private readonly retry: Alarm;
  /** Whether all that is ready was refused a place, and nothing has changed since. */
  private isRefused = false;
  private open = false;
  /** When everybody has heard of the last division (epoch ms). */
  private dividedAt = Number.NEGATIVE_INFINITY;
  private pumping: Promise<void> | null = null;
  /** Tasks whose claim is being written. */
  private readonly claiming = new Set<string>();
  /** Runs that are being made ours for certain, with their tasks. */
  private readonly resuming = new Map<string, string>();
  private readonly logger = new Logger(Dispatcher.name);

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly desk: ClaimDesk,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly locks: LockManager,
    private readonly engine: EngineState,
    private readonly ownership: Ownership,
    private readonly presence: Presence,
    weights: Weights,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {
    this.ready = new ReadyQueue((organization) => weights.of(organization));
    this.occurrences = new DueHeap(settings.heapLimit);
    this.alarm = new Alarm(clock, () => this.tick());
    this.reload = new Alarm(clock, () => void this.load());
    this.retry = new Alarm(clock, () => this.slotFreed());
    orchestrator.connect(this);
    locks.onLost(() => this.abandon());
    ownership.onChange((hasGained) => this.divide(hasGained));
  }

  /** How many occurrences are held in memory. */
  get heapSize(): number {
    return this.occurrences.size;
  }

  /** How many due things wait for a place. */
  get backlog(): number {
    return this.ready.size;
  }

  /** Since when the first of them is due (epoch ms); infinite when none waits. */
  get waitsSince(): number {
    let since = Number.POSITIVE_INFINITY;
    for (const due of this.ready.values())
      since = Math.min(since, 'run' in due ? due.run.dueAt : (wakeAt(due.task) ?? since));
    return since;
  }

  /** Begins to load what is due within the horizon, and to hand it on. */
  start(): void {
    this.open = true;
    void this.load();
  }

  /** Hands on nothing more; resolves once no claim is being written. */
  async stop(): Promise<void> {
    this.open = false;
    this.alarm.off();
    this.reload.off();
    this.retry.off();
    await this.pumping;
  }

  /** Takes out every run that is held for a later attempt. */
  takeAttempts(): Run[] {
    const ready = this.ready.take(Number.POSITIVE_INFINITY, this.clock.now());
    const held = [...ready.flatMap((due) => ('run' in due ? [due.run] : [])), ...this.attempts.values()];
    this.attempts.clear();
    return held;
  }

  /** Minds the task as it was just changed or created, in place of how it was. */
  track(task: Task): void {
    this.ownership.adopt(task.id);
    this.keep(task);
  }

  /** Minds the task no more; resolves once nothing of it is about to start by what was read of it before. */
  async forget(taskId: string): Promise<void> {
    this.occurrences.delete(taskId);
    this.ready.drop(keyOfTask(taskId));
    while (this.isBusyWith(taskId) && this.pumping) await this.pumping;
  }

  /** Adds tasks that were found overdue, unless they are being dealt with. */
  offer(tasks: readonly Task[]): void {
    for (const task of tasks) {
      if (this.claiming.has(task.id) || this.ready.has(keyOfTask(task.id))) continue;
      this.occurrences.delete(task.id);
      this.queue(task);
    }
    this.pump();
  }

  again(run: Run, at = run.dueAt): void {
    this.attempts.set(run.id, at, run);
    this.setAlarm();
    if (at <= this.clock.now()) this.tick();
  }

  slotFreed(): void {
    this.isRefused = false;
    if (this.ready.size > 0) this.pump();
  }

  async takeBack(runId: string): Promise<HeldRun | undefined> {
    const ready = this.ready.get(keyOfRun(runId));
    const run = ready && 'run' in ready ? ready.run : this.attempts.get(runId);
    this.ready.drop(keyOfRun(runId));
    this.attempts.delete(runId);
    if (!run) return undefined;
    try {
      return (await this.desk.resume([run]))[0];
    } catch (error) {
      // Whether it is ours for certain is not known; nobody else would go on with it.
      this.engine.doubt();
      this.again(run);
      throw error;
    }
  }

  /** Whether another run can be kept in mind; the store keeps the others. */
  hasRoom(): boolean {
    return this.attempts.size + this.ready.size < this.settings.heapLimit;
  }

  /** Whether the run waits here for a later attempt or a place, or is being claimed. */
  holds({ id, taskId, owner }: Pick<Run, 'id' | 'taskId' | 'owner'>): boolean {
    // What is being claimed has an owner from its first write.
    const mayBeClaimed = owner !== null && this.claiming.has(taskId);
    return this.attempts.has(id) || this.ready.has(keyOfRun(id)) || this.resuming.has(id) || mayBeClaimed;
  }

  private tick(): void {
    if (!this.open) return;
    const now = this.clock.now();
    for (const task of this.occurrences.popDue(now + this.settings.armingMs)) this.queue(task);
    for (const run of this.attempts.popDue(now)) this.queueRun(run, now);
    this.setAlarm();
    this.pump();
  }

  private queue(task: Task): void {
    const { organization, definition } = task;
    const since = wakeAt(task) ?? this.clock.now();
    this.enqueue({ key: keyOfTask(task.id), organization, priority: definition.priority, since, item: { task } });
  }

  private queueRun(run: Run, since: number): void {
    const { organization, priority } = run;
    this.enqueue({ key: keyOfRun(run.id), organization, priority, since, item: { run } });
  }

  private enqueue(due: Ready<Due>): void {
    this.presence.note(due.organization);
    this.isRefused = false;
    this.ready.push(due);
  }

  private setAlarm(): void {
    if (!this.open) return;
    const occurrence = this.occurrences.nextDueAt();
    const attempt = this.attempts.nextDueAt() ?? Number.POSITIVE_INFINITY;
    const next = Math.min(occurrence === undefined ? attempt : occurrence - this.settings.armingMs, attempt);
    this.alarm.set(next === Number.POSITIVE_INFINITY ? undefined : next);
  }

  /** Gives places to what is ready, in rounds: what becomes ready while one is written goes into the next. */
  private pump(): void {
    if (this.pumping || !this.open || this.ready.size === 0 || this.orchestrator.slots.free <= 0) return;
    if (this.isRefused) return;
    // Without the lock a round does nothing, and would be followed by the next one for ever; regained, it loads anew.
    if (!this.locks.isHeld()) return;
    this.pumping = this.rounds().finally(() => {
      this.pumping = null;
      this.tick();
      if (this.pumping === null) this.orchestrator.prepareStarts();
    });
  }

  private async rounds(): Promise<void> {
    // Whatever becomes due in this turn of the event loop goes into one round.
    await Promise.resolve();
    while (this.open && this.locks.isHeld()) {
      const due = this.ready.take(LARGEST_ROUND, this.clock.now(), this.orchestrator.slots);
      if (due.length === 0) return this.waitForPlaces();
      await this.round(due);
    }
  }

  private async round(due: Due[]): Promise<void> {
    const tasks = due.flatMap((item) => ('task' in item ? [item.task] : []));
    const runs = due.flatMap((item) => ('run' in item ? [item.run] : []));
    for (const task of tasks) this.claiming.add(task.id);
    for (const run of runs) this.resuming.set(run.id, run.taskId);
    try {
      // Claimed anew, what is armed of an old definition would look like the new one's to whoever made the change.
      await this.desk.withdraw(this.orchestrator.revokeOutdated(tasks));
      const [claimed, resumed] = await Promise.all([this.desk.claim(tasks), this.desk.resume(runs)]);
      await this.desk.withdraw(this.orchestrator.revokeOutdated(claimed.changed));
      if (this.open) for (const task of claimed.moved) this.keep(task);
      this.releaseRest(due, [...claimed.held, ...resumed]);
      this.orchestrator.orchestrateTaskExecution([...claimed.held, ...resumed]);
    } catch (error) {
      this.releaseRest(due, []);
      this.engine.doubt();
      this.logger.error(`Due work could not be claimed, trying again: ${(error as Error).message}`);
      await this.clock.sleep(250);
      this.requeue(tasks, runs);
    } finally {
      for (const task of tasks) this.claiming.delete(task.id);
      for (const run of runs) this.resuming.delete(run.id);
    }
  }

  /** Frees the places of what was due and is not held after all. */
  private releaseRest(due: readonly Due[], held: readonly HeldRun[]): void {
    const kept = new Map<string, number>();
    for (const { run } of held) kept.set(run.organization, (kept.get(run.organization) ?? 0) + 1);
    for (const item of due) {
      const { organization } = 'task' in item ? item.task : item.run;
      const left = kept.get(organization) ?? 0;
      if (left > 0) kept.set(organization, left - 1);
      else this.orchestrator.slots.release(organization);
    }
  }

  /** What waits is refused a place for now: until one is freed or something else is due, or shares have changed. */
  private waitForPlaces(): void {
    this.isRefused = this.ready.size > 0;
    if (this.isRefused) this.retry.set(this.clock.now() + REFUSED_MS);
  }

  private isBusyWith(taskId: string): boolean {
    return this.claiming.has(taskId) || [...this.resuming.values()].includes(taskId);
  }

  private requeue(tasks: Task[], runs: Run[]): void {
    if (!this.locks.isHeld()) return;
    for (const task of tasks) this.queue(task);
    for (const run of runs) this.queueRun(run, run.dueAt);
  }

  /** Holds the task until it is due, in place of how it was, if that is soon and this instance minds it. */
  private keep(task: Task): void {
    const due = wakeAt(task);
    this.ready.drop(keyOfTask(task.id));
    const isFar = due === null || due >= this.occurrences.completeUntil;
    if (isFar || !this.ownership.minds(task.id)) this.occurrences.delete(task.id);
    else this.occurrences.set(task.id, this.lookAt(task, due), task);
    this.setAlarm();
  }

  /** Asks the store for everything due within the horizon, and sets the time at which to ask again. */
  private async load(): Promise<void> {
    const now = this.clock.now();
    const until = now + this.settings.horizonMs;
    try {
      this.occurrences.completeUntil = Number.POSITIVE_INFINITY;
      const complete = await this.loadRange(now, until);
      if (!this.open) return;
      this.occurrences.completeUntil = Math.min(complete, this.occurrences.completeUntil);
      const remaining = this.occurrences.completeUntil - now;
      const next = now + Math.max(1000, Math.min(this.settings.horizonMs, remaining) / 2);
      this.reload.set(this.dividedAt > now ? Math.min(next, this.dividedAt) : next);
    } catch (error) {
      if (!this.open) return;
      this.logger.error(`What is due next could not be loaded, trying again: ${(error as Error).message}`);
      this.reload.set(this.clock.now() + 1000);
    }
    this.tick();
  }

  /** Loads page by page, and hands on what is due meanwhile; resolves to the instant up to which everything is loaded. */
  private async loadRange(from: number, until: number): Promise<number> {
    const pages = new DuePages(this.tasks, { from, before: until, shards: this.ownership.shards });
    while (this.occurrences.size + this.ready.size < this.settings.heapLimit) {
      for (const task of await pages.next()) this.hold(task);
      if (pages.isExhausted || !this.open) break;
      this.tick();
      // Timers have their turn between two pages.
      await this.clock.sleep(0);
    }
    return pages.readUntil;
  }

  private hold(task: Task): void {
    if (this.claiming.has(task.id) || this.ready.has(keyOfTask(task.id))) return;
    // The tasks may have been divided since they were asked for.
    if (!this.ownership.minds(task.id)) return;
    const known = this.occurrences.get(task.id);
    if (known && known.generation > task.generation) return;
    this.occurrences.set(task.id, this.lookAt(task, wakeAt(task)!), task);
  }

  /** What is due is looked at ahead of its time, to be claimed; the end of a pause must not be. */
  private lookAt(task: Task, due: number): number {
    return task.next === null ? due + this.settings.armingMs : due;
  }

  /**
   * Forgets the tasks that others mind now, and loads what has become this instance's; once more when the others have
   * heard of it, for until then they claim occurrences of what they took for theirs, and keep to themselves what comes next.
   */
  private divide(hasGained: boolean): void {
    for (const { id } of this.occurrences.values()) if (!this.ownership.minds(id)) this.occurrences.delete(id);
    for (const due of this.ready.values()) {
      if ('task' in due && !this.ownership.minds(due.task.id)) this.ready.drop(keyOfTask(due.task.id));
    }
    const now = this.clock.now();
    this.dividedAt = now + DIVIDED_MS;
    if (this.open) this.reload.setBy(hasGained ? now : this.dividedAt);
  }

  private abandon(): void {
    this.ready.clear();
    this.attempts.clear();
    this.alarm.off();
    this.retry.off();
  }
}

const keyOfRun = (runId: string): string => `run/${runId}`;
const keyOfTask = (taskId: string): string => `task/${taskId}`;
