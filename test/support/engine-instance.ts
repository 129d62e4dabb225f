import type { LoggerService, ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Connection } from 'mongoose';
import { AuditReads, AuditStore } from '../../src/audit/audit.store.js';
import type { Clock } from '../../src/clock/clock.js';
import { InstanceRegistry } from '../../src/cluster/instance-registry.js';
import { InstanceStore } from '../../src/cluster/instance.store.js';
import { STORAGE } from '../../src/core.module.js';
import { RunnerModule } from '../../src/runner/runner.module.js';
import { LogReads, LogStore } from '../../src/execution-log/log.store.js';
import { HandlerRegistry } from '../../src/integrations/handler/handler-registry.js';
import { LedgerService } from '../../src/ledger/ledger.service.js';
import { LifecycleEvents } from '../../src/lifecycle/lifecycle-events.js';
import { LockManager } from '../../src/locking/lock-manager.js';
import { LockStore } from '../../src/locking/lock.store.js';
import { LogLine } from '../../src/operator-log/log-line.js';
import { GrantsService } from '../../src/organizations/grants.service.js';
import { SettingsStore } from '../../src/organizations/settings.store.js';
import { SettingsService } from '../../src/organizations/settings.service.js';
import { HeldRuns } from '../../src/scheduling/holding/held-runs.js';
import { RunReads } from '../../src/scheduling/ports/run.reads.js';
import { RunStore } from '../../src/scheduling/ports/run.store.js';
import { RunsService } from '../../src/scheduling/runs/runs.service.js';
import { Slots } from '../../src/cluster/slots.js';
import { TaskReads } from '../../src/scheduling/ports/task.reads.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { TasksService } from '../../src/scheduling/tasks/tasks.service.js';
import type { Durability, EngineSettings, RetentionSettings, SinkSettings } from '../../src/settings/settings.js';
import type { OpenMongo } from '../../src/storage/mongo/open-mongo.js';
import { TaskRunnerModule } from '../../src/task-runner.module.js';
import { TaskScheduler } from '../../src/task-scheduler.js';
import { EventReads, EventStore } from '../../src/events/event.store.js';
import { EventWindowStore } from '../../src/events/windows/event-window.store.js';
import type { TriggerType } from '../../src/triggers/trigger-type.js';
import { StoreGate } from './store-gate.js';
import { Worker, type Workshop } from './workshop.js';

/** What all instances of a world share, and the label by which the test knows this one. */
export interface Surroundings {
  label: string;
  storeUrl: string;
  durability: Durability;
  redisUrl?: string;
  locks?: 'redis';
  clock: Clock;
  workshop: Workshop;
  encryptionKeys: string;
  logged: string[];
  /** The lines for operators. */
  lines: LogLine[];
}

export interface BootOptions {
  engine?: Partial<EngineSettings>;
  httpAllow?: string[];
  sinks?: Partial<SinkSettings>;
  publicUrl?: string;
  tracing?: boolean;
  triggerTypes?: readonly TriggerType[];
  retention?: Partial<RetentionSettings>;
  /** The names of its handlers. */
  handlers?: readonly string[];
  /** How many calls of some of them may be under way at a time. */
  concurrency?: Readonly<Record<string, number>>;
  /** What else the host application consists of. */
  host?: Pick<ModuleMetadata, 'imports' | 'providers'>;
}

/** One instance of the runner, started as a host application starts it. */
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
  /** Illegal moves of runs: there must be none. */
  readonly illegalMoves: string[] = [];

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
    get(HeldRuns).onIllegalMove = (what) => void this.illegalMoves.push(what);
  }

  /** A provider of the instance. */
  of<Type>(token: abstract new (...parts: never[]) => Type): Type {
    return this.module.get(token, { strict: false });
  }

  /** The connection of its store, where that is MongoDB. */
  get mongo(): Connection {
    return this.module.get<OpenMongo>(STORAGE, { strict: false }).connection;
  }

  /** Shuts down as on SIGTERM. */
  async stop(): Promise<void> {
    if (this.state !== 'working') return;
    this.state = 'stopped';
    await this.module.close();
  }

  /** Stops an instance that still works, and closes the connection of a crashed one, which can do nothing by itself. */
  async end(): Promise<void> {
    if (this.state === 'crashed') await this.module.get(RunnerModule, { strict: false }).onApplicationShutdown();
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
  { label, logged, lines, workshop, ...surroundings }: Surroundings,
  {
    engine = {},
    httpAllow = [],
    sinks = {},
    publicUrl,
    tracing = false,
    triggerTypes = [],
    retention = {},
    handlers = ['work'],
    concurrency = {},
    host = {},
  }: BootOptions,
): Promise<EngineInstance> {
  const module = await Test.createTestingModule({
    imports: [
      TaskRunnerModule.forRoot({
        ...surroundings,
        engine,
        httpAllow,
        triggerTypes,
        retention,
        sinks,
        tracing,
        ...(publicUrl !== undefined && { publicUrl }),
      }),
      ...(host.imports ?? []),
    ],
    providers: [
      ...(handlers.includes('work') ? [{ provide: Worker, useFactory: () => new Worker(workshop, label) }] : []),
      ...(host.providers ?? []),
    ],
  })
    .setLogger(recorder(logged, lines))
    .compile();
  const gate = new StoreGate();
  putInFront(gate, module);
  const registry = module.get(HandlerRegistry, { strict: false });
  for (const name of handlers) {
    const limit = concurrency[name];
    const traits = limit === undefined ? {} : { concurrency: limit };
    if (name !== 'work') registry.register(name, (context) => workshop.take(context, label), traits);
  }
  await module.init();
  return new EngineInstance(label, module, gate);
}

const TASK_READS = ['get', 'list', 'count', 'dueBetween', 'byIds'] as const;
const RUN_READS = [
  ...(['get', 'list', 'unfinishedOf', 'waiting', 'busyAmong', 'underWayAmong'] as const),
  ...([
    'ledger',
    'ledgerBefore',
    'ofTask',
    'outlines',
    'byIds',
    'statesOf',
    'madeUp',
    'failed',
    'failures',
    'ofEvents',
    'lastBackfillDue',
  ] as const),
] as const;

/** Puts the gate in front of all store operations of the engine and of people. */
function putInFront(gate: StoreGate, module: TestingModule): void {
  const find = { strict: false };
  gate.guard(module.get(TaskStore, find), [
    ...TASK_READS,
    ...(['insert', 'replace', 'remove', 'forEvent', 'versionsForEvent', 'eventShapes', 'idsForEvent'] as const),
    ...(['completedAmong', 'existingAmong'] as const),
  ]);
  gate.guard(module.get(TaskReads, find), TASK_READS);
  gate.guard(module.get(RunStore, find), [
    ...RUN_READS,
    ...(['owners', 'heldBy', 'heldElsewhere', 'heldBeside', 'ownedAfter', 'unowned', 'makeUp', 'setNeed'] as const),
    ...(['open', 'insert', 'update', 'withdraw', 'requestCancel', 'heartbeat', 'cancelRequests', 'lastEnded'] as const),
    ...(['purge', 'purgeLedger'] as const),
  ]);
  gate.guard(module.get(RunReads, find), RUN_READS);
  gate.guard(module.get(LockStore, find), ['acquire', 'renew', 'release', 'holders', 'remaining']);
  gate.guard(module.get(EventStore, find), [
    ...(['insert', 'markDispatched', 'amend', 'undispatchedAmong', 'putOff', 'undispatched', 'purge'] as const),
    ...(['get', 'list'] as const),
  ]);
  gate.guard(module.get(EventReads, find), ['get', 'list']);
  gate.guard(module.get(EventWindowStore, find), ['ofTask', 'byIds', 'write', 'remove', 'postpone', 'due', 'usage']);
  gate.guard(module.get(SettingsStore, find), ['get', 'put']);
  gate.guard(module.get(AuditStore, find), [
    ...(['append', 'last', 'list', 'chain', 'checkpoint', 'checkpoints', 'putCheckpoint'] as const),
    ...(['outcomesUntil', 'moveOutcomes', 'nextOutcomeAt', 'outcomes'] as const),
  ]);
  gate.guard(module.get(LogStore, find), ['append', 'list']);
  gate.guard(module.get(LogReads, find), ['list']);
  gate.guard(module.get(AuditReads, find), ['list', 'chain', 'search', 'checkpoint', 'outcomes']);
  gate.guard(module.get(InstanceStore, find), ['put', 'list', 'remove', 'raiseStartLimit', 'startLimits']);
}

function recorder(logged: string[], lines: LogLine[]): LoggerService {
  const record = (...parts: unknown[]) => {
    logged.push(parts.map(String).join(' '));
    if (parts[0] instanceof LogLine) lines.push(parts[0]);
  };
  return { log: record, error: record, warn: record, debug: record, verbose: record, fatal: record };
}
