import { Logger } from '@nestjs/common';
import { CronJob } from 'cron';
import type { DeclaredCron, DeclaredJob } from '../declared-job.js';
import type { SchedulerRegistry } from '../scheduler-registry.js';

/**
 * Runs jobs by the timers of this process, as @nestjs/schedule does. They are the runtime's own timers, not the clock's:
 * a host reads them from the registry, clears them, and replaces them by fake ones in its tests.
 */
export class LocalJobs {
  private readonly logger = new Logger('Scheduler');
  private readonly delays: NodeJS.Timeout[] = [];

  constructor(private readonly registry: SchedulerRegistry) {}

  mount(job: DeclaredJob): void {
    const run = () => void this.run(job);
    if (job.kind === 'cron') this.mountCron(job);
    else if (job.kind === 'interval') this.registry.addInterval(job.name, setInterval(run, job.options.timeout));
    else this.registry.addTimeout(job.name, setTimeout(run, job.options.timeout));
  }

  /** Forgets the starts that were put off. */
  stop(): void {
    for (const delay of this.delays) clearTimeout(delay);
  }

  /** The job gets the promise of each run: it may have to wait for the end. */
  private mountCron(job: DeclaredCron): void {
    const { name, options } = job;
    const { disabled, initialDelay } = options;
    const parameters = { ...options, onTick: () => this.run(job), start: !disabled && !initialDelay };
    const cronJob = CronJob.from(parameters);
    this.registry.addCronJob(name, cronJob);
    if (disabled || !initialDelay || initialDelay < 0) return;
    const begin = () => {
      // The job may be gone meanwhile, or another one may have its name.
      if (this.registry.doesExist('cron', name) && this.registry.getCronJob(name) === cronJob) cronJob.start();
    };
    this.delays.push(setTimeout(begin, initialDelay));
  }

  private async run(job: DeclaredJob): Promise<void> {
    try {
      await job.call();
    } catch (error) {
      this.logger.error(error);
    }
  }
}
