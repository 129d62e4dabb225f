import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Alarm } from '../../clock/alarm.js';
import { Clock } from '../../clock/clock.js';
import { Neighbours } from '../../cluster/neighbours.js';
import { chunksOf } from '../../domain/chunks.js';
import { newId } from '../../domain/ids.js';
import type { Task } from '../../domain/task.js';
import { LifecycleEvents, type LifecycleEventMap } from '../../lifecycle/lifecycle-events.js';
import { LockStore } from '../../locking/lock.store.js';
import { ToldTasks } from '../holding/told-tasks.js';
import { hasEnd } from '../planning/has-end.js';
import { RunStore } from '../ports/run.store.js';
import { TaskStore } from '../ports/task.store.js';

/** How long ends of runs gather until the store is asked about their tasks (ms). */
const GATHER_MS = 100;
/** How often to look at tasks whose last runs are under way elsewhere, and how soon again after a failure (ms). */
const AGAIN_MS = 10_000;
const AFTER_FAILURE_MS = 1000;
/** How long nobody else may tell the same (ms): longer than two instances can be apart when each sees the last end. */
const TOLD_MS = 60_000;
/** How many tasks are asked about at once, and how many are read: each may be large. */
const PART = 1000;
const PAGE = 50;
/** How many tasks are kept in mind; of any others nothing is told. */
const MOST = 50_000;
/** How many of them are kept as they are; the others are read again. */
const MOST_KEPT = 2000;

/** A run that has ended, with its task as it was before the run. */
type OnlyRun = LifecycleEventMap['run.finished'];

/**
 * Tells that a task is completed when its last run has ended, wherever that run was: once, since of the instances that
 * see it one takes a lock for that, if there are several and it is not the only run. Whoever ends a run of such a task
 * looks, and whoever claims a last occurrence that gets no run.
 */
@Injectable()
export class CompletionWatch implements OnModuleInit {
  /** Tasks to look at soon, some with their only run, and those whose last runs had not ended when they were looked at. */
  private soon = new Map<string, OnlyRun | null>();
  private readonly later = new Set<string>();
  private looking: Promise<void> = Promise.resolve();
  private stopped = false;
  /** What was told here, by task, until that is forgotten. */
  private readonly told = new Map<string, Told>();
  private readonly owner: string;
  private readonly alarm: Alarm;
  private readonly logger = new Logger(CompletionWatch.name);

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly runs: RunStore,
    private readonly locks: LockStore,
    @Inject(Neighbours) private readonly neighbours: Pick<Neighbours, 'any'>,
    private readonly events: LifecycleEvents,
    private readonly outgoing: ToldTasks,
  ) {
    this.owner = `completed/${newId(clock.now())}`;
    this.alarm = new Alarm(clock, () => void this.look());
  }

  onModuleInit(): void {
    this.events.on('run.finished', (ended) => {
      const { run, task } = ended;
      if (run.trigger !== 'schedule' || !(this.later.has(task.id) || hasEnd(task))) return;
      this.expect(task.id, isOnly(task) && this.soon.size < MOST_KEPT ? ended : null);
    });
  }

  /** The task may be completed as soon as its last run has ended, which is the `only` one if that is given. */
  expect(taskId: string, only: OnlyRun | null = null): void {
    if (this.stopped || this.soon.size + this.later.size >= MOST) return;
    this.soon.set(taskId, only);
    this.alarm.setBy(this.clock.now() + GATHER_MS);
  }

  /** Looks a last time; resolves once what could be told is told. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.look();
    this.alarm.off();
  }

  private look(): Promise<void> {
    this.looking = this.looking.then(() => this.lookAtAll());
    return this.looking;
  }

  private async lookAtAll(): Promise<void> {
    const known = this.soon;
    const asked = [...new Set([...known.keys(), ...this.later])];
    this.soon = new Map();
    this.later.clear();
    let nextMs = AGAIN_MS;
    for (const ids of chunksOf(asked, PART)) {
      const left = new Set(ids);
      try {
        await this.tell(left, known);
      } catch (error) {
        this.logger.debug(`Whether tasks are completed has to wait: ${(error as Error).message}`);
        nextMs = AFTER_FAILURE_MS;
      }
      for (const id of left) this.later.add(id);
    }
    await this.giveBack();
    if (this.later.size + this.told.size > 0 && !this.stopped) this.alarm.setBy(this.clock.now() + nextMs);
  }

  /** Tells of those that are completed, and leaves those whose last runs are still under way. */
  private async tell(left: Set<string>, known: ReadonlyMap<string, OnlyRun | null>): Promise<void> {
    const completed = await this.tasks.completedAmong([...left]);
    const others: string[] = [];
    for (const id of left) {
      const only = known.get(id);
      const generation = completed.get(id);
      if (generation === undefined) {
        left.delete(id);
      } else if (only?.task.generation === generation) {
        // Nothing else of a task with one occurrence in all can be under way, and nobody else has seen its run end.
        await this.announce(completedBy(only));
        left.delete(id);
      } else {
        others.push(id);
      }
    }
    if (others.length === 0) return;
    const underWay = await this.runs.underWayAmong(others);
    const over = others.filter((id) => !underWay.has(id));
    for (const part of chunksOf(over, PAGE)) {
      await this.tellOnce((await this.tasks.byIds(part)).filter(({ state }) => state === 'completed'));
      for (const id of part) left.delete(id);
    }
  }

  private async tellOnce(ended: readonly Task[]): Promise<void> {
    const untold = ended.filter(({ id, generation }) => this.told.get(id)?.generation !== generation);
    if (untold.length === 0) return;
    const taken = this.neighbours.any ? await this.locks.acquire(untold.map(keyOf), this.owner, TOLD_MS) : null;
    for (const task of untold) {
      if (taken && !taken.has(keyOf(task))) continue;
      await this.announce(task);
      const { id, generation } = task;
      this.told.delete(id);
      this.told.set(id, { id, generation, until: this.clock.monotonic() + TOLD_MS, isLocked: taken !== null });
    }
  }

  private async announce(task: Task): Promise<void> {
    if (this.outgoing.isOn) await this.outgoing.completed(task, this.clock.now());
    this.events.emit('task.changed', { change: 'completed', task });
  }

  /** Forgets what nobody can be about to tell any more, and gives back its locks, so that they do not add up. */
  private async giveBack(): Promise<void> {
    const now = this.clock.monotonic();
    const locked: string[] = [];
    // The oldest come first.
    for (const told of this.told.values()) {
      if (told.until > now) break;
      this.told.delete(told.id);
      if (told.isLocked) locked.push(keyOf(told));
    }
    if (locked.length > 0) await this.locks.release(locked, this.owner).catch(() => undefined);
  }
}

/** What was told of a task, until when that is kept in mind (monotonic ms), and whether a lock was taken for it. */
interface Told extends Pick<Task, 'id' | 'generation'> {
  until: number;
  isLocked: boolean;
}

/** Whether the task, as it was before a run, has no other one: after that it is as it was, but for that run. */
const isOnly = ({ scheduledRuns, definition: { maxRuns, triggers } }: Task): boolean =>
  scheduledRuns === 0 && (maxRuns === 1 || (triggers.length === 1 && triggers[0]!.type === 'once'));

/** The task as it is after its only run. */
const completedBy = ({ run, task }: OnlyRun): Task => ({
  ...task,
  state: 'completed',
  next: null,
  scheduledRuns: 1,
  claimedUntil: run.dueAt,
});

const keyOf = ({ id, generation }: Pick<Task, 'id' | 'generation'>): string => `completed/${id}/${generation}`;
