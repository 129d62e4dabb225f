import { Logger } from '@nestjs/common';
import type { CronTime } from 'cron';
import { NotFoundError } from '../../domain/errors.js';
import type { Timer } from '../../clock/clock.js';
import type { Task } from '../../domain/task.js';
import type { HandlerRegistry } from '../../integrations/handler/handler-registry.js';
import type { TaskScheduler } from '../../task-scheduler.js';
import type { DeclaredJob } from '../declared-job.js';
import type { ResolvedScheduleOptions } from '../schedule-options.js';
import type { SchedulerRegistry } from '../scheduler-registry.js';
import { ClusterCronJob, type TaskControl } from './cluster-cron-job.js';
import { triggerOf } from './cron-dialect.js';
import { definitionOf, type Definition } from './definition.js';
import { changedMembers, STOPPED, type Step } from './plan.js';
import { Reconciler } from './reconciler.js';
import type { Runner } from './runner.js';
import { TaskHandle } from './task-handle.js';
import { Watch } from './watch.js';

/** How a job of the code differs from its task. */
export interface ScheduleDifference {
  kind: DeclaredJob['kind'] | null;
  name: string;
  taskId: string;
  /**
   * `create`: there is no task yet. `change`: it gets another definition. `wait`: a newer declaration stays while anyone
   * declares it. `retire`: this code declares no such job. `keep`: nothing.
   */
  act: Step['act'] | 'retire';
  /** The members of the task that change. */
  members: string[];
}

/** A declared job at work in this process. */
interface Mounted {
  job: DeclaredJob;
  definition: Definition;
  cron?: ClusterCronJob;
  handle?: TaskHandle;
  /** How long after its start this process leaves the job to others, in milliseconds. */
  delayMs: number;
  /** What was asked of its task so far: each waits for the one before. */
  line: Promise<void>;
}

/** Jobs that the runner works once in the whole cluster: each is a task with a handler in this process. */
export class ClusterJobs {
  private readonly logger = new Logger('Scheduler');
  private readonly mounted = new Map<string, Mounted>();
  private runner: Runner | null = null;
  private watch: Watch | null = null;
  private closing = false;
  private delays: Timer[] = [];
  private unfollow: () => void = () => undefined;

  constructor(
    private readonly jobs: readonly DeclaredJob[],
    private readonly options: ResolvedScheduleOptions,
    private readonly registry: SchedulerRegistry,
  ) {}

  /** Gives the runner the handlers, before it works. */
  prepare(handlers: HandlerRegistry, now: number): void {
    const { application, deployment } = this.options;
    for (const job of this.jobs) {
      const definition = definitionOf(job, { application, deployment, now });
      const delayMs = job.kind === 'cron' ? (job.options.initialDelay ?? 0) : 0;
      const mounted: Mounted = { job, definition, delayMs, line: Promise.resolve() };
      this.mounted.set(definition.handler, mounted);
      if (!(delayMs > 0)) handlers.register(definition.handler, () => this.work(mounted));
    }
  }

  /** Brings the tasks up to the code, and the jobs into the registry. */
  async mount(runner: Runner): Promise<void> {
    this.runner = runner;
    const reconciler = new Reconciler(this.scheduler, this.options.application);
    const steps = reconciler.steps(this.definitions, await reconciler.stored(), () => true);
    if (this.options.dryRun) for (const line of this.inWords(steps)) this.logger.log(`Dry run: ${line}`);
    this.declare(runner);
    const tasks = this.options.dryRun
      ? steps.map((step) => ('task' in step ? step.task : null))
      : await Promise.all(steps.map((step) => reconciler.apply(step, true)));
    if (!this.options.dryRun) this.tell(steps);
    for (const [index, mounted] of [...this.mounted.values()].entries()) this.register(mounted, tasks[index]!);
    this.delays = [...this.mounted.values()].flatMap((mounted) => this.joinLater(mounted, runner));
    this.unfollow = runner.events.on('task.changed', ({ task, change }) => this.learn(task, change === 'deleted'));
    if (!this.options.dryRun) this.startWatch(runner, reconciler);
  }

  /** Compares the code with the store, and changes nothing. */
  async diff(): Promise<ScheduleDifference[]> {
    const reconciler = new Reconciler(this.scheduler, this.options.application);
    const stored = await reconciler.stored();
    const steps = reconciler.steps(this.definitions, stored, () => true);
    const own = steps.map((step): ScheduleDifference => {
      const { kind, name, key } = step.definition;
      const members = step.act === 'change' ? changedMembers(step.definition, step.task) : [];
      return { kind, name, taskId: this.scheduler.idOf(key), act: step.act, members };
    });
    const ids = new Set(own.map(({ taskId }) => taskId));
    const gone = [...stored.values()].filter(({ id }) => !ids.has(id));
    return [
      ...own,
      ...gone.map(({ id, definition: { name } }): ScheduleDifference => {
        return { kind: null, name, taskId: id, act: 'retire', members: [] };
      }),
    ];
  }

  /** From now on the jobs of this process leave their tasks alone: the other processes go on with them. */
  async close(): Promise<void> {
    this.closing = true;
    this.unfollow();
    for (const delay of this.delays) delay.cancel();
    await this.watch?.stop();
    await Promise.all([...this.mounted.values()].map(({ line }) => line));
  }

  /** An interval or a timeout was deleted from the registry. */
  deleted(kind: 'interval' | 'timeout', name: string): void {
    const mounted = [...this.mounted.values()].find(({ job }) => job.kind === kind && job.name === name);
    if (mounted && !this.closing) void this.control(mounted).stop();
  }

  private get definitions(): Definition[] {
    return [...this.mounted.values()].map(({ definition }) => definition);
  }

  private get scheduler(): TaskScheduler {
    if (!this.runner) throw new Error('The jobs are at work only once the application has started.');
    return this.runner.scheduler.for(this.options.organization);
  }

  private declare({ declarations }: Runner): void {
    declarations.set(this.definitions.map(({ key, digest }) => ({ taskId: this.scheduler.idOf(key), digest })));
  }

  /** A job with an initial delay gets its handler late: until then its runs are for other instances. */
  private joinLater(mounted: Mounted, { clock, handlers }: Runner): Timer[] {
    if (!(mounted.delayMs > 0)) return [];
    const { handler } = mounted.definition;
    return [clock.after(mounted.delayMs, () => handlers.register(handler, () => this.work(mounted)))];
  }

  private startWatch(runner: Runner, reconciler: Reconciler): void {
    this.watch = new Watch(this.definitions, reconciler, runner.instances, runner.clock, {
      retireAfterMs: this.options.retire ? this.options.retireAfterMs : null,
      onTask: (task) => this.learn(task, false),
      onDone: (what) => this.logger.log(`${what}.`),
      onError: (error) => this.logger.warn(`The tasks could not be compared with the code: ${String(error)}`),
    });
    this.watch.start();
  }

  private register(mounted: Mounted, task: Task | null): void {
    const { job } = mounted;
    if (job.kind === 'cron') {
      mounted.cron = new ClusterCronJob(job, job.call, this.control(mounted));
      // It throws, as by a timer, when its time can never come.
      if (!job.options.disabled) mounted.cron.cronTime.getTimeout();
      this.registry.addCronJob(job.name, mounted.cron);
      if (task) this.learn(task, false);
      return;
    }
    mounted.handle = new TaskHandle();
    if (job.kind === 'interval') this.registry.addInterval(job.name, mounted.handle.timer);
    else this.registry.addTimeout(job.name, mounted.handle.timer);
  }

  private learn(task: Task, isDeleted: boolean): void {
    const { action } = task.definition;
    if (task.organization !== this.options.organization || action.type !== 'handler') return;
    const { claimedUntil } = task;
    const now = this.runner!.clock.now();
    const last = claimedUntil !== null && claimedUntil <= now ? new Date(claimedUntil) : null;
    this.mounted.get(action.name)?.cron?.learn(task.state === 'active' && !isDeleted, last);
  }

  /** One run of a job in this process. Its error is logged as by @nestjs/schedule, and fails the run. */
  private async work(mounted: Mounted): Promise<void> {
    const { job, cron, handle } = mounted;
    if (handle?.isCleared) return this.control(mounted).stop();
    try {
      await (cron ? cron.work(new Date(this.runner!.clock.now())) : job.call());
    } catch (error) {
      this.logger.error(error);
      throw error;
    }
  }

  private control(mounted: Mounted): TaskControl {
    const { key, name } = mounted.definition;
    const inLine = (what: string, act: (scheduler: TaskScheduler, id: string) => Promise<unknown>): Promise<void> => {
      if (this.closing) return Promise.resolve();
      mounted.line = mounted.line
        .then(async () => void (await act(this.scheduler, this.scheduler.idOf(key))))
        .catch((error: unknown) => {
          if (error instanceof NotFoundError) return;
          this.logger.error(`The job ${name} could not be ${what}: ${String(error)}`);
        });
      return mounted.line;
    };
    return {
      start: () => inLine('started', (scheduler, id) => scheduler.resume(id)),
      stop: () => inLine('stopped', (scheduler, id) => scheduler.pause(id, STOPPED)),
      reschedule: (time: CronTime) =>
        inLine('given another time', async (scheduler, id) => scheduler.change(id, { triggers: [triggerOf(time)] })),
      fire: () => inLine('fired', (scheduler, id) => scheduler.runNow(id)),
    };
  }

  /** One line for the start of an application that changed something. */
  private tell(steps: readonly Step[]): void {
    const lines = this.inWords(steps.filter(({ act }) => act !== 'keep'));
    if (lines.length > 0) this.logger.log(`Jobs in the store: ${lines.join('; ')}.`);
  }

  private inWords(steps: readonly Step[]): string[] {
    return steps.map((step) => {
      const { act, definition } = step;
      const title = `${definition.kind} ${definition.name}`;
      if (act === 'create') return `${title} is new`;
      if (act === 'change') return `${title} changes (${changedMembers(definition, step.task).join(', ')})`;
      return act === 'keep' ? `${title} stays` : `${title} waits, as a newer declaration is in force`;
    });
  }
}
