import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { LOCKS, STORAGE } from '../../../src/core.module.js';
import {
  HandlerRegistry,
  type HandlerTraits,
  type TaskHandlerFunction,
} from '../../../src/integrations/handler/handler-registry.js';
import { LockKeeper, NoLockKeeper } from '../../../src/locking/lock-keeper.js';
import type { EngineSettings } from '../../../src/settings/settings.js';
import type { Consumer } from '../../../src/outbox/consumer.js';
import { Consumers } from '../../../src/outbox/consumers.js';
import { DEFAULT_OUTBOX_OPTIONS, OUTBOX_OPTIONS } from '../../../src/outbox/outbox-options.js';
import { Senders } from '../../../src/notifications/senders/senders.js';
import { PORT_NAMES, READ_NAMES, READ_PORTS, STORE_PORTS } from '../../../src/storage/ports.js';
import { LockHealth } from '../../../src/storage/store-health.js';
import { HookExplorer } from '../../../src/integrations/hooks/hook-explorer.js';
import { TaskHandlerExplorer } from '../../../src/integrations/handler/task-handler-explorer.js';
import { RunPayloads } from '../../../src/scheduling/holding/run-payloads.js';
import { RunnerModule } from '../../../src/runner/runner.module.js';
import { TaskScheduler } from '../../../src/task-scheduler.js';
import type { Stores } from '../../conformance/fixture.js';
import { Assembly } from './assembly.js';
import type { SimulatedProcess } from './process.js';

/** A key of 32 zero bytes: nothing in a simulation is secret. */
const ENCRYPTION_KEYS = `simulation:${Buffer.alloc(32).toString('base64')}`;

/** As fast as a simulation, which lasts seconds, needs it. */
const OUTBOX = { ...DEFAULT_OUTBOX_OPTIONS, recoverEveryMs: 1000, maxDelayMs: 1000, flushMs: 500, doubtMs: 1000 };

/** What an instance is built on. */
export interface Ground {
  process: SimulatedProcess;
  stores: Stores;
  settings: Partial<EngineSettings>;
  handler: TaskHandlerFunction;
  /** The names under which it has the handler. */
  handlers: readonly string[];
  traits: HandlerTraits;
  /** Who is told of every step. */
  consumer: Consumer;
  /** The way to the channels of notifications. */
  senders: Pick<Senders, 'send'>;
}

/** One instance of the real engine inside a simulated process. */
export class SimulatedInstance {
  /** Whether it has started. */
  isWorking = false;

  private constructor(
    readonly process: SimulatedProcess,
    readonly assembly: Assembly,
  ) {}

  /** Assembles an instance; it begins to work when it is started. */
  static async on({
    process,
    stores,
    settings,
    handler,
    handlers,
    traits,
    consumer,
    senders,
  }: Ground): Promise<SimulatedInstance> {
    const { clock } = process;
    const options = { clock, encryptionKeys: ENCRYPTION_KEYS, engine: settings };
    const module = RunnerModule.forRootAsync({ announces: false, useFactory: () => options });
    const contexts = { kind: 'memory', close: () => undefined };
    let assembly: Assembly | null = null;
    const modules = { get: (token: abstract new () => unknown) => assembly!.get(token) };
    const given = new Map<unknown, unknown>([
      ...PORT_NAMES.map((name) => [STORE_PORTS[name], stores[name]] as const),
      ...READ_NAMES.map((name) => [READ_PORTS[name], stores[name]] as const),
      [LockKeeper, new NoLockKeeper()],
      [LockHealth, stores.health],
      [STORAGE, contexts],
      [LOCKS, contexts],
      [ModuleRef, modules],
      [ModulesContainer, new Map()],
      [TaskHandlerExplorer, null],
      [HookExplorer, null],
      [OUTBOX_OPTIONS, OUTBOX],
      [Senders, senders],
    ]);
    assembly = await Assembly.of(module, given);
    for (const name of handlers) assembly.get(HandlerRegistry).register(name, handler, traits);
    assembly.get(Consumers).add(consumer);
    // Here, runs carry little.
    assembly.get(RunPayloads).least = 1;
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

  /** Stops the instance as on SIGTERM. There are no connections to the outside to close. */
  async stop(): Promise<void> {
    await this.assembly.call('onModuleDestroy');
    await this.assembly.call('beforeApplicationShutdown');
    await this.assembly.call('onApplicationShutdown');
  }
}
