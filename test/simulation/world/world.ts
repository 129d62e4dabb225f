import { WaitingRoom } from '../../../src/scheduling/resources/waiting-room.js';
import { HeldRuns } from '../../../src/scheduling/holding/held-runs.js';
import type { TaskHandlerFunction } from '../../../src/integrations/handler/handler-registry.js';
import { organizationSettingsSchema } from '../../../src/domain/organization-settings.js';
import type { EngineSettings } from '../../../src/settings/settings.js';
import { DEFAULT_ORGANIZATION } from '../../../src/task-scheduler.js';
import type { Stores } from '../../conformance/fixture.js';
import { MemoryData } from '../../../src/testing/memory/memory-data.js';
import { memoryStores } from '../../../src/testing/memory/memory-store.js';
import type { Mutation } from '../mutations/mutation.js';
import { Chronicle } from './chronicle.js';
import { SimulatedProcess, type Skew } from './process.js';
import { Fleet } from './fleet.js';
import type { Random } from './random.js';
import { SimulatedInstance } from './simulated-instance.js';
import { StorePath, type Call, type Phase } from './store-path.js';
import type { Spoil } from './spoils.js';
import { BEGIN, Timeline } from './timeline.js';
import { Weather } from './weather.js';
import type { NotificationDelivery } from '../../../src/notifications/deliveries/delivery.js';
import { DeliveryWorker } from '../../../src/notifications/deliveries/delivery-worker.js';
import { DELIVERY_PACE, Receivers, storeRules } from './receivers.js';
import { Recipient } from './recipient.js';
import type { LifecycleMessage } from '../../../src/domain/lifecycle-message.js';
import { Limiting } from './limiting.js';
import { workOf } from './work.js';

/** How many bytes a run counts that carries nothing. */
const BYTES_OF_RUN = 4096;

/** In what ways worlds differ, beside what goes wrong in them. */
export interface Variety {
  /** Whether its instances are not alike. */
  isUnlike: boolean;
  /** How likely rates and places limit what starts, from 0 to 1. */
  limited: number;
  /** Whether there are rules of notifications. */
  isNotified: boolean;
}

/**
 * Everything in one simulated world: its time, its store, the paths to the store, and the instances that come and go.
 */
export class World {
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly data: MemoryData;
  readonly chronicle: Chronicle;
  readonly instances: SimulatedInstance[] = [];
  /** What the instances work. */
  readonly fleet: Fleet;
  /** What limits how much starts. */
  readonly limiting: Limiting;
  /** Who is told of every step. */
  readonly recipient: Recipient;
  /** Who gets notifications. */
  readonly receivers: Receivers;
  /** Whether the machines' clocks may be wrong by seconds, against the requirements in the documentation. */
  readonly clocksAreWrong: boolean;
  /** Whether nothing is slow or fails in this world: instances only start, stop and die. */
  readonly isCalm: boolean;
  /** Called at each phase of each operation, so that something can happen between any two steps. */
  ambush: ((call: Call, phase: Phase) => void) | null = null;
  private readonly stores: Stores;
  private readonly paths: Random;
  private booted = 0;
  private readonly stopping = new Set<SimulatedInstance>();

  constructor(
    readonly random: Random,
    readonly settings: EngineSettings,
    private readonly mutation: Mutation | null,
    private readonly spoil: Spoil | null = null,
    private readonly spoiledUntil = Number.NEGATIVE_INFINITY,
    private readonly variety: Variety = { isUnlike: false, limited: 0, isNotified: false },
  ) {
    this.limiting = new Limiting(variety.limited, random.fork('limiting'));
    this.fleet = new Fleet(variety.isUnlike, random.fork('fleet'), this.limiting.perHandler);
    this.recipient = new Recipient(random.fork('recipient'));
    this.receivers = new Receivers(random.fork('receivers'));
    this.timeline = new Timeline(BEGIN, random.fork('timeline'));
    this.weather = new Weather(this.timeline, random.fork('weather'));
    this.paths = random.fork('paths');
    this.isCalm = random.fork('calm').chance(0.2);
    this.clocksAreWrong = !this.isCalm && random.fork('clocks').chance(0.15);
    const storeAhead = random.fork('store').whole(-3000, 3000);
    this.data = new MemoryData(() => Math.floor(this.timeline.now + storeAhead));
    this.stores = memoryStores(this.data);
    const ofOrganization = organizationSettingsSchema.parse({ resources: this.limiting.pools });
    this.data.settings.set(DEFAULT_ORGANIZATION, { settings: ofOrganization, version: 1 });
    if (variety.isNotified) storeRules(this.stores);
    mutation?.store?.(this.stores, this.data);
    this.chronicle = new Chronicle(this.timeline, this.data);
  }

  /** Whether this is the task with the fault, which lasts until the trouble ends. */
  readonly isSpoiled = (taskId: string): boolean => {
    if (this.spoil === null || this.timeline.now >= this.spoiledUntil) return false;
    return this.data.tasks.keys().next().value === taskId;
  };

  /** Called with each message that arrives. */
  set onDelivered(listener: (message: LifecycleMessage) => void) {
    this.recipient.onDelivered = listener;
  }

  /** Called with each notification that arrives. */
  set onArrived(listener: (channel: string, delivery: NotificationDelivery) => void) {
    this.receivers.onArrived = listener;
  }

  /** How far the wall clocks of the living differ (ms). */
  get clocksDifferBy(): number {
    const readings = this.living.map(({ process }) => process.clock.now());
    return Math.max(...readings) - Math.min(...readings);
  }

  /** The instances whose process is alive. */
  get living(): SimulatedInstance[] {
    return this.instances.filter(({ process }) => !process.isDead);
  }

  /** The living instances that have started and were not asked to stop. */
  get staying(): SimulatedInstance[] {
    return this.living.filter((instance) => instance.isWorking && !this.stopping.has(instance));
  }

  /** Starts another instance. If it cannot start, it is gone, as its process would be. */
  async boot(skew: Skew): Promise<void> {
    const process = new SimulatedProcess(`i${++this.booted}`, this.timeline, skew);
    process.onUncaught = (error) => this.chronicle.violate('uncaught', `${process.name} throws ${String(error)}`);
    const listener = { onPhase: (call: Call, phase: Phase, result?: unknown) => this.onPhase(call, phase, result) };
    const path = new StorePath(process, this.timeline, this.weather, this.paths, listener);
    const seen = Object.fromEntries(
      Object.entries(this.stores).map(([port, store]) => [port, path.to(port, store as object)]),
    ) as unknown as Stores;
    this.spoil?.path?.(seen, this.isSpoiled, this.data);
    const ability = this.fleet.next(process);
    const instance = await SimulatedInstance.on({
      process,
      handlers: ability.handlers,
      traits: this.fleet.traits,
      settings: {
        ...this.settings,
        work: ability.work,
        queues: ability.queues,
        queueConcurrency: this.limiting.perQueue,
      },
      stores: this.mutation?.path?.(seen, process, this.data) ?? seen,
      handler: this.handlerOf(process),
      consumer: this.recipient.from(process),
      senders: this.receivers.from(process),
    });
    if (this.variety.isNotified) instance.assembly.get(DeliveryWorker).pace = DELIVERY_PACE;
    if (this.limiting.waitingInMemory !== undefined) {
      const mostOfOne = this.limiting.waitingInMemory * BYTES_OF_RUN;
      Object.assign(instance.assembly.get(WaitingRoom), { mostOfOne });
    }
    this.spoil?.instance?.(instance.assembly, this.isSpoiled);
    instance.assembly.get(HeldRuns).onIllegalMove = (what) => {
      this.chronicle.violate('phases', what);
    };
    this.mutation?.instance?.(instance.assembly);
    this.instances.push(instance);
    this.chronicle.note(
      process.name,
      'boots',
      `${skew.offsetMs} ms ahead, rate ${skew.rate}, works ${JSON.stringify(ability)}`,
    );
    instance.start().catch((error: unknown) => this.crash(instance, `cannot start: ${String(error)}`));
  }

  /** Lets instances get and lose handlers, until the fleet is told to end that. */
  changeFleet(): void {
    if (!this.fleet.isUnlike) return;
    this.timeline.after(this.fleet.pauseMs(), () => {
      if (this.fleet.isOver) return;
      const [instance] = this.staying.slice(-1);
      if (instance) {
        const did = this.fleet.change(instance, this.handlerOf(instance.process), this.timeline.now);
        this.chronicle.note(instance.process.name, did);
      }
      this.changeFleet();
    });
  }

  private handlerOf(process: SimulatedProcess): TaskHandlerFunction {
    return (context) => workOf(this.chronicle.start(process, context), context, process.clock);
  }

  /** Ends the process as by SIGKILL. */
  crash({ process }: SimulatedInstance, why = 'is killed'): void {
    if (process.isDead) return;
    process.kill();
    this.chronicle.note(process.name, why);
  }

  /** Stops the instance as by SIGTERM; its process ends when the instance has stopped. */
  stop(instance: SimulatedInstance): void {
    if (this.stopping.has(instance)) return;
    this.stopping.add(instance);
    this.chronicle.note(instance.process.name, 'is asked to stop');
    const end = () => this.crash(instance, 'has stopped');
    instance.stop().then(end, end);
  }

  private onPhase(call: Call, phase: Phase, result: unknown): void {
    this.chronicle.operation(call, phase, result);
    this.ambush?.(call, phase);
  }
}
