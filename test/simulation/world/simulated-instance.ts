import { DiscoveryModule, ModuleRef } from '@nestjs/core';
import { StatsReads, StatsStore } from '../../../src/stats/stats.store.js';
import { ApiKeyReads, ApiKeyStore } from '../../../src/auth/api-key.store.js';
import { AuditReads, AuditStore } from '../../../src/audit/audit.store.js';
import { InstanceStore } from '../../../src/cluster/instance.store.js';
import { LOCKS, STORAGE } from '../../../src/core.module.js';
import { LogReads, LogStore } from '../../../src/execution-log/log.store.js';
import { HandlerRegistry, type TaskHandlerFunction } from '../../../src/integrations/handler/handler-registry.js';
import { LockKeeper, NoLockKeeper } from '../../../src/locking/lock-keeper.js';
import { LockStore } from '../../../src/locking/lock.store.js';
import { SettingsStore } from '../../../src/organizations/settings.store.js';
import { IdempotencyStore } from '../../../src/rest/idempotency.store.js';
import { RunReads } from '../../../src/scheduling/run.reads.js';
import { RunStore } from '../../../src/scheduling/run.store.js';
import { TaskReads } from '../../../src/scheduling/task.reads.js';
import { TaskStore } from '../../../src/scheduling/task.store.js';
import type { EngineSettings } from '../../../src/settings/settings.js';
import { LockHealth, StoreHealth } from '../../../src/storage/store-health.js';
import { TaskHandlerExplorer } from '../../../src/task-handler-explorer.js';
import { TaskRunnerModule } from '../../../src/task-runner.module.js';
import { TaskScheduler } from '../../../src/task-scheduler.js';
import { EventStore } from '../../../src/triggers/event.store.js';
import type { Stores } from '../../conformance/fixture.js';
import { Assembly } from './assembly.js';
import type { SimulatedProcess } from './process.js';

/** A key of 32 zero bytes: nothing in a simulation is secret. */
const ENCRYPTION_KEYS = `simulation:${Buffer.alloc(32).toString('base64')}`;

/** What an instance stands on. */
export interface Ground {
  process: SimulatedProcess;
  stores: Stores;
  settings: Partial<EngineSettings>;
  handler: TaskHandlerFunction;
}

/** One instance of the real engine inside a simulated process. */
export class SimulatedInstance {
  /** Whether it has started. */
  isWorking = false;

  private constructor(
    readonly process: SimulatedProcess,
    readonly assembly: Assembly,
  ) {}

  /** Puts an instance together; it begins to work when it is started. */
  static async on({ process, stores, settings, handler }: Ground): Promise<SimulatedInstance> {
    const { clock } = process;
    const module = TaskRunnerModule.forRoot({ clock, encryptionKeys: ENCRYPTION_KEYS, engine: settings });
    const contexts = { close: () => undefined };
    let assembly: Assembly | null = null;
    const modules = { get: (token: abstract new () => unknown) => assembly!.get(token) };
    const given = new Map<unknown, unknown>([
      [TaskStore, stores.tasks],
      [RunStore, stores.runs],
      [LockStore, stores.locks],
      [LockKeeper, new NoLockKeeper()],
      [EventStore, stores.events],
      [LogStore, stores.logs],
      [IdempotencyStore, stores.idempotency],
      [InstanceStore, stores.instances],
      [SettingsStore, stores.settings],
      [AuditStore, stores.audit],
      [ApiKeyStore, stores.apiKeys],
      [StatsStore, stores.stats],
      [TaskReads, stores.tasks],
      [RunReads, stores.runs],
      [LogReads, stores.logs],
      [AuditReads, stores.audit],
      [ApiKeyReads, stores.apiKeys],
      [StatsReads, stores.stats],
      [StoreHealth, stores.health],
      [LockHealth, stores.health],
      [STORAGE, contexts],
      [LOCKS, contexts],
      [ModuleRef, modules],
      [DiscoveryModule, null],
      [TaskHandlerExplorer, null],
    ]);
    assembly = await Assembly.of(module, given);
    assembly.get(HandlerRegistry).register('work', handler);
    return new SimulatedInstance(process, assembly);
  }

  get scheduler(): TaskScheduler {
    return this.assembly.get(TaskScheduler);
  }

  async start(): Promise<void> {
    await this.assembly.call('onModuleInit');
    await this.assembly.call('onApplicationBootstrap');
    this.isWorking = true;
  }

  /** As on SIGTERM; the connections to the outside stay, for there are none. */
  async stop(): Promise<void> {
    await this.assembly.call('onModuleDestroy');
    await this.assembly.call('beforeApplicationShutdown');
    await this.assembly.call('onApplicationShutdown');
  }
}
