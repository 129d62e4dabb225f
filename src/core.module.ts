import { Logger, Module, type DynamicModule, type FactoryProvider, type Provider } from '@nestjs/common';
import { Clock } from './clock/clock.js';
import { Turns } from './clock/turns.js';
import { LifecycleEvents } from './lifecycle/lifecycle-events.js';
import { LockKeeper } from './locking/lock-keeper.js';
import { LockStore } from './locking/lock.store.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from './options.js';
import { RuntimeSettings } from './settings/runtime-settings.js';
import { tlsMaterial } from './settings/tls-files.js';
import { ENGINE_SETTINGS } from './settings/settings.js';
import { openCustom } from './storage/custom-store.js';
import { openLocks, openOnHost, openStorage } from './storage/open-storage.js';
import type { OpenLocks, OpenStorage } from './storage/storage.js';
import { PORT_METHODS, READ_METHODS } from './storage/port-methods.js';
import { PORT_NAMES, READ_NAMES, READ_PORTS, STORE_PORTS } from './storage/ports.js';
import { LockHealth } from './storage/store-health.js';
import { StoreMeter } from './storage/store-meter.js';
import { NoTracing, Tracing } from './tracing/tracing.js';

/** The injection tokens of the open store, and of whatever keeps the locks: an own server, or the store. */
export const STORAGE = Symbol('STORAGE');
export const LOCKS = Symbol('LOCKS');

/** The options, when they are known, decide which store it is. */
const storage: Provider = {
  provide: STORAGE,
  inject: [RUNNER_OPTIONS],
  useFactory: ({ host, store, storeUrl, durability }: ResolvedOptions): Promise<OpenStorage> => {
    if (host !== null) return openOnHost(host, durability);
    return store === null ? openStorage(storeUrl, durability) : openCustom(store);
  },
};

const lockStorage: Provider = {
  provide: LOCKS,
  inject: [RUNNER_OPTIONS, STORAGE],
  useFactory: async ({ redisUrl, redisTls, locks }: ResolvedOptions, store: OpenStorage): Promise<OpenLocks> => {
    if (redisUrl === null || locks === 'store') return locksOf(store);
    try {
      return await openLocks({ url: redisUrl, tls: tlsMaterial(redisTls, 'REDIS') });
    } catch (error) {
      await store.close();
      throw error;
    }
  },
};

/** How long a start waits for the lock keeper; an instance without one renews its lock alone. */
const READY_MS = 20_000;

/** The store as that of the locks. */
export const locksOf = ({ kind, ports: { locks, health }, keeper }: OpenStorage): OpenLocks => ({
  ...{ kind, locks, health, keeper },
  close: () => Promise.resolve(),
});

/** The ports that the store serves. Another server may serve the locks. */
const ports: Provider[] = [
  ...PORT_NAMES.filter((name) => name !== 'locks').map((name) => ({
    provide: STORE_PORTS[name],
    inject: [STORAGE, StoreMeter],
    useFactory: (store: OpenStorage, meter: StoreMeter) =>
      meter.metered(name, store.ports[name], PORT_METHODS[name], 'engine'),
  })),
  ...READ_NAMES.map((name) => ({
    provide: READ_PORTS[name],
    inject: [STORAGE, StoreMeter],
    useFactory: (store: OpenStorage, meter: StoreMeter) =>
      meter.metered(name, store.readers[name], READ_METHODS[name], 'readers'),
  })),
  {
    provide: LockStore,
    inject: [LOCKS, StoreMeter],
    useFactory: ({ locks }: OpenLocks, meter: StoreMeter) =>
      meter.metered('locks', locks, PORT_METHODS.locks, 'engine'),
  },
  {
    provide: LockKeeper,
    inject: [LOCKS, Clock],
    // Here, before the hooks of the host: what these schedule may be due at once, and the engine starts after them.
    useFactory: async ({ keeper }: OpenLocks, clock: Clock) => {
      if (keeper.ready) await clock.noLongerThan(READY_MS, keeper.ready);
      return keeper;
    },
  },
  { provide: LockHealth, inject: [LOCKS], useFactory: ({ health }: OpenLocks) => health },
];

/** The base of all other parts of the runner: options, clock, engine settings, lifecycle events and the store. */
@Module({})
export class CoreModule {
  static forRootAsync({
    inject = [],
    useFactory,
  }: Pick<FactoryProvider<ResolvedOptions>, 'inject' | 'useFactory'>): DynamicModule {
    return {
      module: CoreModule,
      providers: [
        { provide: RUNNER_OPTIONS, inject, useFactory },
        { provide: Clock, inject: [RUNNER_OPTIONS], useFactory: ({ clock }: ResolvedOptions) => clock },
        { provide: StoreMeter, inject: [Clock], useFactory: (clock: Clock) => new StoreMeter(clock) },
        { provide: Turns, inject: [Clock], useFactory: (clock: Clock) => new Turns(clock) },
        {
          provide: RuntimeSettings,
          inject: [RUNNER_OPTIONS],
          useFactory: (options: ResolvedOptions) => new RuntimeSettings(options),
        },
        {
          provide: ENGINE_SETTINGS,
          inject: [RUNNER_OPTIONS, RuntimeSettings],
          useFactory: ({ engine }: ResolvedOptions, runtime: RuntimeSettings) => runtime.inEngine(engine),
        },
        { provide: Tracing, inject: [RUNNER_OPTIONS], useFactory: tracingOf },
        { provide: LifecycleEvents, useFactory: lifecycleEvents },
        storage,
        lockStorage,
        ...ports,
      ],
    };
  }
}

const tracingOf = async ({ tracing }: ResolvedOptions): Promise<Tracing> =>
  tracing ? (await import('./tracing/opentelemetry.js')).OpenTelemetry.load() : new NoTracing();

function lifecycleEvents(): LifecycleEvents {
  const events = new LifecycleEvents();
  const logger = new Logger(LifecycleEvents.name);
  events.onListenerError = (name, error) => logger.error(`A listener to ${name} failed: ${String(error)}`);
  return events;
}
