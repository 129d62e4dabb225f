import type { HandlerContext } from '../../../src/integrations/handler/handler-registry.js';
import { organizationSettingsSchema } from '../../../src/domain/organization-settings.js';
import type { EngineSettings } from '../../../src/settings/settings.js';
import { DEFAULT_ORGANIZATION } from '../../../src/task-scheduler.js';
import type { Stores } from '../../conformance/fixture.js';
import { MemoryData } from '../memory/memory-data.js';
import { memoryStores } from '../memory/memory-store.js';
import type { Mutation } from '../mutations/mutation.js';
import { Chronicle } from './chronicle.js';
import { SimulatedProcess, type Skew } from './process.js';
import type { Random } from './random.js';
import { SimulatedInstance } from './simulated-instance.js';
import { StorePath, type Call, type Phase } from './store-path.js';
import { BEGIN, Timeline } from './timeline.js';
import { Weather } from './weather.js';
import { POOL } from './task-kinds.js';
import { workOf } from './work.js';

/** What the organization of a simulation has set. */
const SETTINGS = organizationSettingsSchema.parse({ resources: { [POOL.name]: POOL.capacity } });

/** Everything of one simulated world: its time, its store, the ways to it, and the instances that come and go. */
export class World {
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly data: MemoryData;
  readonly chronicle: Chronicle;
  readonly instances: SimulatedInstance[] = [];
  /** Whether the clocks of this world's machines may be wrong by seconds, against what the documentation asks for. */
  readonly clocksAreWrong: boolean;
  /** Whether nothing is slow or fails in this world: instances come, go and die, and that is all. */
  readonly isCalm: boolean;
  /** Asked at each phase of each operation, so that what happens there can happen between any two steps. */
  ambush: ((call: Call, phase: Phase) => void) | null = null;
  private readonly stores: Stores;
  private readonly paths: Random;
  private booted = 0;
  private readonly stopping = new Set<SimulatedInstance>();

  constructor(
    readonly random: Random,
    readonly settings: EngineSettings,
    private readonly mutation: Mutation | null,
  ) {
    this.timeline = new Timeline(BEGIN, random.fork('timeline'));
    this.weather = new Weather(this.timeline, random.fork('weather'));
    this.paths = random.fork('paths');
    this.isCalm = random.fork('calm').chance(0.2);
    this.clocksAreWrong = !this.isCalm && random.fork('clocks').chance(0.15);
    const storeAhead = random.fork('store').whole(-3000, 3000);
    this.data = new MemoryData(() => Math.floor(this.timeline.now + storeAhead));
    this.stores = memoryStores(this.data);
    this.data.settings.set(DEFAULT_ORGANIZATION, { settings: SETTINGS, version: 1 });
    mutation?.store?.(this.stores, this.data);
    this.chronicle = new Chronicle(this.timeline, this.data);
  }

  /** By how much the wall clocks of the living differ (ms). */
  get clocksDifferBy(): number {
    const readings = this.living.map(({ process }) => process.clock.now());
    return Math.max(...readings) - Math.min(...readings);
  }

  /** The instances whose process is there and goes on. */
  get living(): SimulatedInstance[] {
    return this.instances.filter(({ process }) => !process.isDead);
  }

  /** Those of them that have started and were not asked to stop. */
  get staying(): SimulatedInstance[] {
    return this.living.filter((instance) => instance.isWorking && !this.stopping.has(instance));
  }

  /** Starts one more instance; one that cannot start is gone, as its process would be. */
  async boot(skew: Skew): Promise<void> {
    const process = new SimulatedProcess(`i${++this.booted}`, this.timeline, skew);
    const listener = { onPhase: (call: Call, phase: Phase, result?: unknown) => this.onPhase(call, phase, result) };
    const path = new StorePath(process, this.timeline, this.weather, this.paths, listener);
    const seen = Object.fromEntries(
      Object.entries(this.stores).map(([port, store]) => [port, path.to(port, store as object)]),
    ) as unknown as Stores;
    const instance = await SimulatedInstance.on({
      process,
      settings: this.settings,
      stores: this.mutation?.path?.(seen, process, this.data) ?? seen,
      handler: (context: HandlerContext) => workOf(this.chronicle.start(process, context), context, process.clock),
    });
    this.mutation?.instance?.(instance.assembly);
    this.instances.push(instance);
    this.chronicle.note(process.name, 'boots', `${skew.offsetMs} ms ahead, rate ${skew.rate}`);
    instance.start().catch((error: unknown) => this.crash(instance, `cannot start: ${String(error)}`));
  }

  /** Ends the process as by SIGKILL. */
  crash({ process }: SimulatedInstance, why = 'is killed'): void {
    if (process.isDead) return;
    process.kill();
    this.chronicle.note(process.name, why);
  }

  /** Stops the instance as by SIGTERM; its process ends when it has. */
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
