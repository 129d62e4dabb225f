import { Inject, Injectable, Logger } from '@nestjs/common';
import { Alarm } from '../clock/alarm.js';
import { Clock } from '../clock/clock.js';
import type { Run } from '../domain/run.js';
import { wakeAt, type Task } from '../domain/task.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { ClaimDesk } from './claim-desk.js';
import { DueHeap } from './due-heap.js';
import { DueTurns } from './due-turns.js';
import { EngineState } from './engine-state.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import type { Backlog } from './handback.js';
import type { HeldRun } from './held-run.js';
import { Ownership } from './ownership.js';
import { Presence } from './presence.js';
import { ReadyQueue, type Ready } from './ready-queue.js';
import { SharedHeap } from './shared-heap.js';
import { TaskStore } from './task.store.js';
import { Weights } from './weights.js';

/** Something that wants a place: a task whose next occurrence is due, or a run of ours whose next attempt is. */
type Due = { task: Task } | { run: Run };

/** The most that is claimed in one round: what was claimed first need not wait until a crowd is. */
const LARGEST_ROUND = 1000;
/** How much of one organization stands in line at the most; the rest stays in the heap, and costs nobody time. */
const LONGEST_LINE = 5000;
/** Of so few runs of an organization each is kept in mind, whatever others have brought. */
const FEW = 1000;
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
  private readonly occurrences: SharedHeap<Task>;
  private readonly attempts = new DueHeap<Run>();
  private readonly ready: ReadyQueue<Due>;
  private readonly alarm: Alarm;
  private readonly reload: Alarm;
  private readonly retry: Alarm;
  /** Whether all that is ready was refused a place, and nothing has changed since. */
  private isStuck = false;
  private open = false;
  /** When everybody has heard of the last division (epoch ms). */
  private dividedAt = Number.NEGATIVE_INFINITY;
  private pumping: Promise<void> | null = null;
  /** The round that is being claimed. */
  private current: Promise<void> | null = null;
  /** Tasks of which nothing is claimed, since somebody is about to change them. */
  private readonly withheld = new Set<string>();
  /** Tasks whose claim is being written. */
  private readonly claiming = new Set<string>();
  /** Runs that are being made ours for certain, with their tasks. */
  private readonly resuming = new Map<string, string>();
  /** Runs that are being made ours for certain, for whoever takes them from here. */
  private readonly takingBack = new Set<string>();
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
    this.occurrences = new SharedHeap(settings.heapLimit);
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

  /** How many of them may have a place as soon as one is free: their organizations have not got their share. */
  get startable(): number {
    let count = 0;
    for (const [organization, waiting] of this.ready.organizations())
      if (!this.isRefused(organization)) count += waiting;
    return count;
  }

  /** Since when the first of those is due (epoch ms); infinite when none waits. */
  get waitsSince(): number {
    let since = Number.POSITIVE_INFINITY;
    for (const due of this.ready.values()) {
      const { organization } = 'task' in due ? due.task : due.run;
      if (this.isRefused(organization)) continue;
      since = Math.min(since, 'run' in due ? due.run.dueAt : (wakeAt(due.task) ?? since));
    }
    return since;
  }

  /** How many due things of the organization wait for a place. */
  waitingOf(organization: string): number {
    return this.ready.countOf(organization);
  }

  /** The organizations of which `enough` or more waits here, and those that get no place for what waits. */
  crowded(enough: number): string[] {
    const waiting = [...this.ready.organizations()];
    return waiting.flatMap(([name, count]) => (count >= enough || this.isRefused(name) ? [name] : []));
  }

  private isRefused(organization: string): boolean {
    const { slots } = this.orchestrator;
    return slots.free > 0 && !slots.admits(organization);
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
    this.withheld.delete(task.id);
    this.keep(task);
  }

  /** Minds the task no more; resolves once nothing of it is about to start by what was read of it before. */
  async forget(taskId: string): Promise<void> {
    const wasWithheld = this.withheld.has(taskId);
    await this.withhold(taskId);
    if (!wasWithheld) this.release(taskId);
  }

  /** As `forget`, and claims nothing more of the task until it is released or tracked. */
  async withhold(taskId: string): Promise<void> {
    this.withheld.add(taskId);
    this.occurrences.delete(taskId);
    this.ready.drop(keyOfTask(taskId));
    // Only this round: of a task that is due all the time the next one would claim again.
    while (this.isBusyWith(taskId) && this.current) await this.current;
  }

  /** Minds a task again that was withheld and stays as it is, with the next look for what is overdue. */
  release(taskId: string): void {
    this.withheld.delete(taskId);
  }

  /** Adds tasks that were found overdue, unless they are being dealt with. */
  offer(tasks: readonly Task[]): void {
    for (const task of tasks) {
      if (this.claiming.has(task.id) || this.ready.has(keyOfTask(task.id)) || this.withheld.has(task.id)) continue;
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
    this.isStuck = false;
    if (this.ready.size > 0) this.pump();
  }

  async takeBack(runId: string): Promise<HeldRun | undefined> {
    const ready = this.ready.get(keyOfRun(runId));
    const run = ready && 'run' in ready ? ready.run : this.attempts.get(runId);
    this.ready.drop(keyOfRun(runId));
    this.attempts.delete(runId);
    if (!run) return undefined;
    this.takingBack.add(runId);
    try {
      return (await this.desk.resume([run]))[0];
    } catch (error) {
      // Whether it is ours for certain is not known; nobody else would go on with it.
      this.engine.doubt();
      this.again(run);
      throw error;
    } finally {
      this.takingBack.delete(runId);
    }
  }

  /** Whether another run of the organization can be kept in mind; the store keeps the others. */
  hasRoom(organization: string): boolean {
    return this.attempts.size + this.ready.size < this.settings.heapLimit || this.ready.countOf(organization) < FEW;
  }

  /** Whether the run waits here for a later attempt or a place, or is being claimed. */
  holds({ id, taskId, owner }: Pick<Run, 'id' | 'taskId' | 'owner'>): boolean {
    // What is being claimed has an owner from its first write.
    const mayBeClaimed = owner !== null && this.claiming.has(taskId);
    const isMadeOurs = this.resuming.has(id) || this.takingBack.has(id);
    return this.attempts.has(id) || this.ready.has(keyOfRun(id)) || isMadeOurs || mayBeClaimed;
  }

  private tick(): void {
    if (!this.open) return;
    const now = this.clock.now();
    this.fill(now);
    for (const run of this.attempts.popDue(now)) this.queueRun(run, now);
    this.setAlarm();
    this.pump();
  }

  /** Lets what is due stand in line, as much of each organization as is of use there. */
  private fill(now: number): void {
    const roomFor = (organization: string) => LONGEST_LINE - this.ready.countOf(organization);
    this.occurrences.bringBack((organization) => roomFor(organization) > LONGEST_LINE / 2);
    for (const task of this.occurrences.popDue(now + this.settings.armingMs, LONGEST_LINE, roomFor)) this.queue(task);
  }

  private queue(task: Task): void {
    if (this.withheld.has(task.id)) return;
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
    this.isStuck = false;
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
    if (this.isStuck) return;
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
      this.fill(this.clock.now());
      const due = this.ready.take(LARGEST_ROUND, this.clock.now(), this.orchestrator.slots);
      if (due.length === 0) return this.waitForPlaces();
      this.current = this.round(due);
      await this.current;
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
    this.isStuck = this.ready.size > 0;
    if (this.isStuck) this.retry.set(this.clock.now() + REFUSED_MS);
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
    const isFar = due === null || due >= this.occurrences.completeUntil(task.organization);
    if (isFar || this.withheld.has(task.id) || !this.ownership.minds(task.id)) this.occurrences.delete(task.id);
    else this.occurrences.set(task.organization, task.id, this.lookAt(task, due), task);
    this.setAlarm();
  }

  /** Asks the store for everything due within the horizon, and sets the time at which to ask again. */
  private async load(): Promise<void> {
    const now = this.clock.now();
    const until = now + this.settings.horizonMs;
    try {
      this.occurrences.restart();
      await this.loadRange(now, until);
      if (!this.open) return;
      const remaining = this.occurrences.leastComplete() - now;
      const next = now + Math.max(1000, Math.min(this.settings.horizonMs, remaining) / 2);
      this.reload.set(this.dividedAt > now ? Math.min(next, this.dividedAt) : next);
    } catch (error) {
      if (!this.open) return;
      this.logger.error(`What is due next could not be loaded, trying again: ${(error as Error).message}`);
      this.reload.set(this.clock.now() + 1000);
    }
    this.tick();
  }

  /** Loads page by page, of each organization something before more of any, and hands on what is due meanwhile. */
  private async loadRange(from: number, until: number): Promise<void> {
    const pages = new DueTurns(this.tasks, { from, before: until, shards: this.ownership.shards });
    const isFull = () => pages.hasAskedAll && this.occurrences.size + this.ready.size >= this.settings.heapLimit;
    while (this.open && !isFull()) {
      for (const task of await pages.next()) this.hold(task);
      if (pages.isExhausted) break;
      this.tick();
      // Timers have their turn between two pages.
      await this.clock.sleep(0);
    }
    this.occurrences.endAt(until);
    for (const [organization, readUntil] of pages.left()) this.occurrences.lacks(organization, readUntil);
  }

  private hold(task: Task): void {
    if (this.claiming.has(task.id) || this.ready.has(keyOfTask(task.id)) || this.withheld.has(task.id)) return;
    // The tasks may have been divided since they were asked for.
    if (!this.ownership.minds(task.id)) return;
    const known = this.occurrences.get(task.id);
    if (known && known.generation > task.generation) return;
    this.occurrences.set(task.organization, task.id, this.lookAt(task, wakeAt(task)!), task);
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
    this.occurrences.drop((taskId) => !this.ownership.minds(taskId));
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
