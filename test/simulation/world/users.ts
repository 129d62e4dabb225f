import type { Task } from '../../../src/domain/task.js';
import { RunsService } from '../../../src/scheduling/runs.service.js';
import { DEFAULT_ORGANIZATION, type TaskScheduler } from '../../../src/task-scheduler.js';
import type { Request } from './chronicle.js';
import type { Random } from './random.js';
import { EVENTS, someChange, someTask } from './task-kinds.js';
import type { World } from './world.js';

/** How long a user waits for an answer before doing something else to the same task (ms). */
const PATIENCE_MS = 8000;
const MOST_TASKS = 6;

/** People and programs that ask things of the instances, through whichever they get hold of. */
export class Users {
  private readonly random: Random;
  private readonly tasks = new Map<string, { version: number; askedAt: number | null }>();

  constructor(private readonly world: World) {
    this.random = world.random.fork('users');
  }

  /** Asks for something now and then until `end` (epoch ms). */
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
    if (this.random.chance(0.1)) return this.touchRun(assembly.get(RunsService));
    this.touchTask(scheduler, this.random.pick([...this.tasks.keys()]));
  }

  private create(scheduler: TaskScheduler): void {
    this.ask(
      { kind: 'create', taskId: null },
      () => scheduler.schedule(someTask(this.random)),
      (task) => {
        this.tasks.set((task as Task).id, { version: 1, askedAt: null });
      },
    );
  }

  private raise(scheduler: TaskScheduler): void {
    const id = this.random.chance(0.3) ? `event-${this.random.whole(1, 5)}` : undefined;
    this.ask({ kind: 'raise', taskId: null }, () => scheduler.raise(this.random.pick(EVENTS), null, id));
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
    // What was asked of a task before has to be answered first, or nobody could say what to expect.
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
    this.ask({ ...request, version }, () => scheduler.change(taskId, someChange(this.random, version)), done, done);
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
