import type { TaskInput } from '../../../src/domain/task-definition.js';
import type { Task } from '../../../src/domain/task.js';
import { RunsService } from '../../../src/scheduling/runs/runs.service.js';
import { DEFAULT_ORGANIZATION, type TaskScheduler } from '../../../src/task-scheduler.js';
import type { Request } from './chronicle.js';
import type { Random } from './random.js';
import { EVENTS, failing, followerOf, someChain, someChange, someCondition, someTask } from './task-kinds.js';
import type { World } from './world.js';

/** How long a user waits for an answer before the next request about the same task (ms). */
const PATIENCE_MS = 8000;
const MOST_TASKS = 6;
/** The queue that is paused now and then. */
export const PAUSED = 'heavy';

/** What tasks wait for in nearly all cases: events that they gather, or the ends of other tasks; and how they fare. */
export interface Habits {
  gathers?: boolean;
  chains?: boolean;
  /** Whether tasks fail often, each run after one attempt. */
  fails?: boolean;
}

/** People and programs that send requests to the instances, through any instance they can reach. */
export class Users {
  private readonly random: Random;
  private raised = 0;
  private queueAskedAt: number | null = null;
  private readonly tasks = new Map<string, { version: number; askedAt: number | null }>();

  constructor(
    private readonly world: World,
    private readonly habits: Habits = {},
  ) {
    this.random = world.random.fork('users');
  }

  /** Sends requests now and then until `end` (epoch ms). */
  begin(end: number): void {
    const { timeline } = this.world;
    timeline.after(this.tasks.size < 3 ? this.random.whole(1, 200) : this.random.exponential(500), () => {
      if (timeline.now >= end) return;
      this.act();
      this.begin(end);
    });
  }

  private act(): void {
    const instances = this.world.living.filter(({ process }) => !process.isFrozen);
    if (instances.length === 0) return;
    const { scheduler, assembly } = this.random.pick(instances);
    if (this.tasks.size < 3 || (this.tasks.size < MOST_TASKS && this.random.chance(0.1))) return this.create(scheduler);
    if (this.random.chance(0.2)) return this.raise(scheduler);
    if (this.world.fleet.isUnlike && this.random.chance(0.15)) return this.touchQueue(scheduler);
    if (this.random.chance(0.1)) return this.touchRun(assembly.get(RunsService));
    this.touchTask(scheduler, this.random.pick([...this.tasks.keys()]));
  }

  private someTask(): TaskInput {
    const task = this.habits.fails ? failing(someTask(this.random), this.random) : someTask(this.random);
    if (this.habits.gathers && this.random.chance(0.8)) return { ...task, triggers: [someCondition(this.random)] };
    const isFollower = this.habits.chains && this.tasks.size > 0 && this.random.chance(0.7);
    return isFollower ? { ...task, ...followerOf(this.random, [...this.tasks.keys()]) } : task;
  }

  /** Raises events time and again until `end` (epoch ms), some of them twice at once. */
  raiseUntil(end: number): void {
    const { timeline } = this.world;
    timeline.after(this.random.exponential(150), () => {
      if (timeline.now >= end) return;
      const instances = this.world.living.filter(({ process }) => !process.isFrozen);
      const event = this.random.pick(EVENTS);
      const data = { key: this.random.whole(1, 2) };
      const id = `sent-${(this.raised += 1)}`;
      for (let times = this.random.chance(0.2) ? 2 : 1; times > 0 && instances.length > 0; times--) {
        const { scheduler } = this.random.pick(instances);
        this.ask({ kind: 'raise', taskId: null }, () => scheduler.raise(event, data, id));
      }
      this.raiseUntil(end);
    });
  }

  private create(scheduler: TaskScheduler): void {
    const task = this.someTask();
    this.ask(
      { kind: 'create', taskId: null },
      () => scheduler.schedule({ ...task, ...this.world.fleet.need(), ...this.world.limiting.need(task) }),
      (created) => {
        this.tasks.set((created as Task).id, { version: 1, askedAt: null });
      },
    );
  }

  private raise(scheduler: TaskScheduler): void {
    const id = this.random.chance(0.3) ? `event-${this.random.whole(1, 5)}` : undefined;
    this.ask({ kind: 'raise', taskId: null }, () =>
      scheduler.raise(this.random.pick(EVENTS), { key: this.random.whole(1, 2) }, id),
    );
  }

  /** Pauses or resumes a queue, if the last request about one was answered. */
  private touchQueue(scheduler: TaskScheduler): void {
    if (this.queueAskedAt !== null && this.world.timeline.now < this.queueAskedAt + PATIENCE_MS) return;
    this.queueAskedAt = this.world.timeline.now;
    const done = () => (this.queueAskedAt = null);
    const isPause = this.random.chance(0.5);
    const kind = isPause ? 'pause-queue' : 'resume-queue';
    const send = () => (isPause ? scheduler.pauseQueue(PAUSED, 'a user wants it') : scheduler.resumeQueue(PAUSED));
    this.ask({ kind, taskId: null }, send, done, done);
  }

  /** Resumes the queue through any instance, until one answers. */
  resumeQueue(): void {
    const [instance] = this.world.staying.filter(({ process }) => !process.isFrozen);
    const again = () => void this.world.timeline.after(500, () => this.resumeQueue());
    if (!instance) return again();
    this.ask({ kind: 'resume-queue', taskId: null }, () => instance.scheduler.resumeQueue(PAUSED), undefined, again);
  }

  private touchRun(runs: RunsService): void {
    const known = [...this.world.data.runs.values()];
    if (known.length === 0) return;
    const { id, taskId } = this.random.pick(known.slice(-5));
    const kind = this.random.pick(['cancel', 'cancel', 'retry'] as const);
    this.ask({ kind, taskId }, () => runs[kind](DEFAULT_ORGANIZATION, id));
  }

  private touchTask(scheduler: TaskScheduler, taskId: string): void {
    const task = this.tasks.get(taskId)!;
    // The previous request about a task must be answered first; otherwise nobody could say what to expect.
    if (task.askedAt !== null && this.world.timeline.now < task.askedAt + PATIENCE_MS) return;
    const kind = this.random.pick([
      'change',
      'change',
      'change',
      'pause',
      'resume',
      'resume',
      'run',
      'run',
      'remove',
    ] as const);
    if (kind === 'remove' && this.random.chance(0.7)) return;
    task.askedAt = this.world.timeline.now;
    const done = () => (task.askedAt = null);
    const request = { kind, taskId };
    if (kind === 'run') return this.ask(request, () => scheduler.runNow(taskId), done, done);
    if (kind === 'pause')
      return this.ask(request, () => scheduler.pause(taskId, 'a user wants it', this.until()), done, done);
    if (kind === 'resume') return this.ask(request, () => scheduler.resume(taskId), done, done);
    if (kind === 'remove') return this.ask(request, () => scheduler.remove(taskId), done, done);
    const version = ++task.version;
    this.ask(
      { ...request, version },
      () => scheduler.change(taskId, { ...this.someChange(version), ...this.world.fleet.otherNeed() }),
      done,
      done,
    );
  }

  private someChange(version: number): Record<string, unknown> {
    const change = someChange(this.random, version);
    if (!this.habits.chains || !('triggers' in change) || this.random.chance(0.5)) return change;
    return { ...change, triggers: [someChain(this.random, [...this.tasks.keys()])] };
  }

  private until(): Date | undefined {
    return this.random.chance(0.5) ? new Date(this.world.timeline.now + this.random.whole(100, 5000)) : undefined;
  }

  private ask(
    asked: Omit<Request, 'at' | 'answer'>,
    send: () => Promise<unknown>,
    onAnswer: (value: unknown) => void = () => undefined,
    onFailure: () => void = () => undefined,
  ): void {
    const request: Request = { ...asked, at: this.world.timeline.now, answer: null };
    this.world.chronicle.request(request);
    send().then(
      (value) => {
        if (request.kind === 'create') request.taskId = (value as Task).id;
        onAnswer(value);
        this.world.chronicle.answer(request, value);
      },
      (error: unknown) => {
        this.world.chronicle.note('user', `is refused ${request.kind}`, String(error));
        onFailure();
      },
    );
  }
}
