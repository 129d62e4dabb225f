import type { LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { AuditReads, AuditStore } from '../../src/audit/audit.store.js';
import type { Clock } from '../../src/clock/clock.js';
import { InstanceRegistry } from '../../src/cluster/instance-registry.js';
import { InstanceStore } from '../../src/cluster/instance.store.js';
import { CoreModule } from '../../src/core.module.js';
import { LogReads, LogStore } from '../../src/execution-log/log.store.js';
import { LedgerService } from '../../src/ledger/ledger.service.js';
import { LifecycleEvents } from '../../src/lifecycle/lifecycle-events.js';
import { LockManager } from '../../src/locking/lock-manager.js';
import { LockStore } from '../../src/locking/lock.store.js';
import { GrantsService } from '../../src/organizations/grants.service.js';
import { SettingsStore } from '../../src/organizations/settings.store.js';
import { SettingsService } from '../../src/organizations/settings.service.js';
import { RunReads } from '../../src/scheduling/run.reads.js';
import { RunStore } from '../../src/scheduling/run.store.js';
import { RunsService } from '../../src/scheduling/runs.service.js';
import { Slots } from '../../src/scheduling/slots.js';
import { TaskReads } from '../../src/scheduling/task.reads.js';
import { TaskStore } from '../../src/scheduling/task.store.js';
import { TasksService } from '../../src/scheduling/tasks.service.js';
import type { Durability, EngineSettings } from '../../src/settings/settings.js';
import { TaskRunnerModule } from '../../src/task-runner.module.js';
import { TaskScheduler } from '../../src/task-scheduler.js';
import { EventStore } from '../../src/triggers/event.store.js';
import type { TriggerType } from '../../src/triggers/trigger-type.js';
import { StoreGate } from './store-gate.js';
import { Worker, type Workshop } from './workshop.js';

/** What every instance of a world has in common, and the label by which the test knows this one. */
export interface Surroundings {
  label: string;
  storeUrl: string;
  durability: Durability;
  redisUrl?: string;
  clock: Clock;
  workshop: Workshop;
  encryptionKeys: string;
  logged: string[];
}

export interface BootOptions {
  engine?: Partial<EngineSettings>;
  httpAllow?: string[];
  triggerTypes?: readonly TriggerType[];
}

/** One instance of the runner, as a host application starts it. */
export class EngineInstance {
  state: 'working' | 'stopped' | 'crashed' = 'working';
  readonly scheduler: TaskScheduler;
  readonly tasks: TasksService;
  readonly runs: RunsService;
  readonly events: LifecycleEvents;
  readonly locks: LockManager;
  readonly slots: Slots;
  readonly runStore: RunStore;
  readonly eventStore: EventStore;
  readonly lockStore: LockStore;
  readonly registry: InstanceRegistry;
  readonly settings: SettingsService;
  readonly grants: GrantsService;
  readonly ledger: LedgerService;

  constructor(
    readonly label: string,
    readonly module: TestingModule,
    readonly gate: StoreGate,
  ) {
    const get = <Type>(token: abstract new (...parts: never[]) => Type): Type => module.get(token, { strict: false });
    this.scheduler = get(TaskScheduler);
    this.tasks = get(TasksService);
    this.runs = get(RunsService);
    this.events = get(LifecycleEvents);
    this.locks = get(LockManager);
    this.slots = get(Slots);
    this.runStore = get(RunStore);
    this.eventStore = get(EventStore);
    this.lockStore = get(LockStore);
    this.registry = get(InstanceRegistry);
    this.settings = get(SettingsService);
    this.grants = get(GrantsService);
    this.ledger = get(LedgerService);
  }

  /** Shuts down as on SIGTERM. */
  async stop(): Promise<void> {
    if (this.state !== 'working') return;
    this.state = 'stopped';
    await this.module.close();
  }

  /** Stops what still works, and closes the connection of what crashed, which can do nothing by itself. */
  async end(): Promise<void> {
    if (this.state === 'crashed') await this.module.get(CoreModule, { strict: false }).onApplicationShutdown();
    else await this.stop();
  }

  /** Dies as on SIGKILL: nothing it does reaches the store any more. `by`, another instance, sees its lock expire. */
  async crash(by?: EngineInstance): Promise<void> {
    this.state = 'crashed';
    const { owner } = this.locks;
    this.gate.close();
    if (by) await by.expire(owner);
  }

  /** Lets the lock of an instance run out, as the store sees it. */
  async expire(owner: string): Promise<void> {
    await this.lockStore.release([`instance/${owner}`], owner);
  }
}

export async function bootInstance(
  { label, logged, workshop, ...surroundings }: Surroundings,
  { engine = {}, httpAllow = [], triggerTypes = [] }: BootOptions,
): Promise<EngineInstance> {
  const module = await Test.createTestingModule({
    imports: [TaskRunnerModule.forRoot({ ...surroundings, engine, httpAllow, triggerTypes })],
    providers: [{ provide: Worker, useFactory: () => new Worker(workshop, label) }],
  })
    .setLogger(recorder(logged))
    .compile();
  const gate = new StoreGate();
  putInFront(gate, module);
  await module.init();
  return new EngineInstance(label, module, gate);
}

const TASK_READS = ['get', 'list', 'count', 'dueBetween', 'byIds'] as const;
const RUN_READS = [
  ...(['get', 'list', 'unfinishedOf', 'waiting', 'busyAmong'] as const),
  ...(['ledger', 'ledgerBefore', 'ofTask', 'byIds', 'madeUp', 'failed'] as const),
] as const;

/** Puts the gate in front of everything that is asked of the store, by the engine and by people. */
function putInFront(gate: StoreGate, module: TestingModule): void {
  const find = { strict: false };
  gate.guard(module.get(TaskStore, find), [...TASK_READS, 'insert', 'replace', 'remove', 'forEvent']);
  gate.guard(module.get(TaskReads, find), TASK_READS);
  gate.guard(module.get(RunStore, find), [
    ...RUN_READS,
    ...(['open', 'insert', 'update', 'withdraw', 'requestCancel', 'cancelRequests', 'lastEnded'] as const),
    ...(['owners', 'heldBy', 'unowned', 'makeUp'] as const),
  ]);
  gate.guard(module.get(RunReads, find), RUN_READS);
  gate.guard(module.get(LockStore, find), ['acquire', 'renew', 'release', 'holders', 'remaining']);
  gate.guard(module.get(EventStore, find), ['insert', 'markDispatched', 'undispatched']);
  gate.guard(module.get(SettingsStore, find), ['get', 'put']);
  gate.guard(module.get(AuditStore, find), [
    ...(['append', 'last', 'list', 'chain', 'checkpoint', 'checkpoints', 'putCheckpoint'] as const),
    ...(['outcomesUntil', 'moveOutcomes', 'nextOutcomeAt', 'outcomes'] as const),
  ]);
  gate.guard(module.get(LogStore, find), ['append', 'list']);
  gate.guard(module.get(LogReads, find), ['list']);
  gate.guard(module.get(AuditReads, find), ['list', 'chain', 'checkpoint']);
  gate.guard(module.get(InstanceStore, find), ['put', 'list', 'remove', 'raiseStartLimit', 'startLimits']);
}

function recorder(logged: string[]): LoggerService {
  const record = (...parts: unknown[]) => void logged.push(parts.map(String).join(' '));
  return { log: record, error: record, warn: record, debug: record, verbose: record, fatal: record };
}
