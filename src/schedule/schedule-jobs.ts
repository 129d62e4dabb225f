import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ClusterJobs, type ScheduleDifference } from './cluster/cluster-jobs.js';
import { hostRunner, ownRunner, type Runner } from './cluster/runner.js';
import type { DeclaredJob } from './declared-job.js';
import { LocalJobs } from './local/local-jobs.js';
import type { JobKind } from './metadata.js';
import { ScheduleExplorer } from './schedule-explorer.js';
import { SCHEDULE_OPTIONS, type ResolvedScheduleOptions } from './schedule-options.js';
import { SchedulerRegistry } from './scheduler-registry.js';

const ORDER: Readonly<Record<JobKind, number>> = { timeout: 0, interval: 1, cron: 2 };

/** The jobs that the application's code declares, from the start of the application to its end. */
@Injectable()
export class ScheduleJobs implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly local: LocalJobs;
  private jobs: DeclaredJob[] = [];
  private cluster: ClusterJobs | null = null;
  private runner: Runner | null = null;

  constructor(
    @Inject(SCHEDULE_OPTIONS) private readonly options: ResolvedScheduleOptions,
    @Inject(SchedulerRegistry) private readonly registry: SchedulerRegistry,
    @Inject(ScheduleExplorer) private readonly explorer: ScheduleExplorer,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {
    this.local = new LocalJobs(registry);
  }

  /** Finds the jobs; a host's runner gets their handlers before it works. */
  onModuleInit(): void {
    this.jobs = this.explorer.explore().sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
    if (!this.options.cluster) return;
    const shared = this.jobs.filter(({ isLocal }) => !isLocal);
    this.runner = hostRunner(this.modules);
    if (shared.length === 0 && !this.runner) return;
    this.cluster = new ClusterJobs(shared, this.options, this.registry);
    if (this.runner) this.cluster.prepare(this.runner.handlers, this.runner.clock.now());
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const job of this.jobs) if (job.isLocal) this.local.mount(job);
    const { cluster } = this;
    if (!cluster) return;
    const { runner } = this.options;
    this.runner ??= await ownRunner(runner, (handlers, clock) => cluster.prepare(handlers, clock.now()));
    await this.runner.start();
    await cluster.mount(this.runner);
    this.registry.onDeleted = (kind, name) => cluster.deleted(kind, name);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.cluster?.close();
    this.local.stop();
    for (const name of this.registry.getTimeouts()) this.registry.deleteTimeout(name);
    for (const name of this.registry.getIntervals()) this.registry.deleteInterval(name);
    for (const name of [...this.registry.getCronJobs().keys()]) this.registry.deleteCronJob(name);
    await this.runner?.close();
  }

  /** How the code differs from the store; nothing is changed. Jobs that each process runs by itself are left out. */
  async diff(): Promise<ScheduleDifference[]> {
    return (await this.cluster?.diff()) ?? [];
  }
}
