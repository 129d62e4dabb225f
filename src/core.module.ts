import {
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditStore } from './audit/audit.store.js';
import { ApiKeyStore } from './auth/api-key.store.js';
import { Clock } from './clock/clock.js';
import { Turns } from './clock/turns.js';
import { InstanceStore } from './cluster/instance.store.js';
import { LogStore } from './execution-log/log.store.js';
import { LifecycleEvents } from './lifecycle/lifecycle-events.js';
import { LockKeeper } from './locking/lock-keeper.js';
import { LockStore } from './locking/lock.store.js';
import { resolveOptions, RUNNER_OPTIONS, type ResolvedOptions, type TaskRunnerAsyncOptions } from './options.js';
import { SettingsStore } from './organizations/settings.store.js';
import { IdempotencyStore } from './rest/idempotency.store.js';
import { RunStore } from './scheduling/run.store.js';
import { TaskStore } from './scheduling/task.store.js';
import { ENGINE_SETTINGS } from './settings/settings.js';
import { READS } from './storage/reads.js';
import { StorageModule } from './storage/storage.module.js';
import { LockHealth, StoreHealth } from './storage/store-health.js';
import { StatsStore } from './stats/stats.store.js';
import { EventStore } from './triggers/event.store.js';

const PORTS = [
  TaskStore,
  RunStore,
  EventStore,
  LogStore,
  IdempotencyStore,
  InstanceStore,
  SettingsStore,
  AuditStore,
  ApiKeyStore,
  StatsStore,
  StoreHealth,
  ...READS.map(([reads]) => reads),
];
/** The injection tokens of the contexts in which the store and the locks live. */
export const STORAGE = Symbol('STORAGE');
export const LOCKS = Symbol('LOCKS');

/** The store lives in a context of its own: which one it is depends on options that other providers may supply. */
const storage: Provider = {
  provide: STORAGE,
  inject: [RUNNER_OPTIONS],
  useFactory: async ({ storeUrl, durability }: ResolvedOptions) =>
    NestFactory.createApplicationContext(await StorageModule.forRoot(storeUrl, durability), { abortOnError: false }),
};

const ports: Provider[] = PORTS.map((port) => ({
  provide: port,
  inject: [STORAGE],
  useFactory: (context: INestApplicationContext) => context.get<unknown>(port, { strict: false }),
}));

/** The context of the locks: Redis where one is named, otherwise the store's. */
const lockStorage: Provider = {
  provide: LOCKS,
  inject: [RUNNER_OPTIONS, STORAGE],
  useFactory: async ({ redisUrl }: ResolvedOptions, store: INestApplicationContext) => {
    if (redisUrl === null) return store;
    try {
      return await NestFactory.createApplicationContext(await StorageModule.forLocks(redisUrl), {
        abortOnError: false,
      });
    } catch (error) {
      await store.close();
      throw error;
    }
  },
};

const lockPorts: Provider[] = [
  {
    provide: LockStore,
    inject: [LOCKS],
    useFactory: (context: INestApplicationContext) => context.get<LockStore>(LockStore, { strict: false }),
  },
  {
    provide: LockKeeper,
    inject: [LOCKS],
    useFactory: (context: INestApplicationContext) => context.get<LockKeeper>(LockKeeper, { strict: false }),
  },
  {
    provide: LockHealth,
    inject: [LOCKS, STORAGE],
    useFactory: (context: INestApplicationContext, store: INestApplicationContext) =>
      context.get<LockHealth>(context === store ? StoreHealth : LockHealth, { strict: false }),
  },
];

/** What every other module of the runner stands on: options, clock, engine settings, lifecycle events and the store. */
@Module({})
export class CoreModule implements OnApplicationShutdown {
  constructor(
    @Inject(STORAGE) private readonly store: INestApplicationContext,
    @Inject(LOCKS) private readonly locks: INestApplicationContext,
  ) {}

  static forRootAsync({ imports = [], inject = [], useFactory }: TaskRunnerAsyncOptions): DynamicModule {
    const resolved = async (...parts: unknown[]) => resolveOptions(await useFactory(...parts));
    return {
      module: CoreModule,
      global: true,
      imports,
      providers: [
        { provide: RUNNER_OPTIONS, inject, useFactory: resolved },
        { provide: Clock, inject: [RUNNER_OPTIONS], useFactory: ({ clock }: ResolvedOptions) => clock },
        { provide: Turns, inject: [Clock], useFactory: (clock: Clock) => new Turns(clock) },
        { provide: ENGINE_SETTINGS, inject: [RUNNER_OPTIONS], useFactory: ({ engine }: ResolvedOptions) => engine },
        { provide: LifecycleEvents, useFactory: lifecycleEvents },
        storage,
        ...ports,
        lockStorage,
        ...lockPorts,
      ],
      exports: [
        RUNNER_OPTIONS,
        Clock,
        Turns,
        ENGINE_SETTINGS,
        LifecycleEvents,
        ...PORTS,
        LockStore,
        LockKeeper,
        LockHealth,
      ],
    };
  }

  /** Comes after every `beforeApplicationShutdown`, in which the engine gives back what it holds. */
  async onApplicationShutdown(): Promise<void> {
    if (this.locks !== this.store) await this.locks.close();
    await this.store.close();
  }
}

function lifecycleEvents(): LifecycleEvents {
  const events = new LifecycleEvents();
  const logger = new Logger(LifecycleEvents.name);
  events.onListenerError = (name, error) => logger.error(`A listener to ${name} failed: ${String(error)}`);
  return events;
}
