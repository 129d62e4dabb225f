import type { Skew } from './process.js';
import type { Random } from './random.js';
import type { SimulatedInstance } from './simulated-instance.js';
import type { World } from './world.js';

/** What can go wrong. Shrinking a seed leaves some kinds out. */
export const TROUBLES = [
  'crash',
  'ambush',
  'freeze',
  'hiccup',
  'cut',
  'outage',
  'stop',
  'jump',
  'boot',
  'storm',
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** The troubles of a world where nothing is slow or fails. */
const CALM_TROUBLES: readonly Trouble[] = ['crash', 'stop', 'boot'];

const MOST_INSTANCES = 3;

/** Causes everything that can go wrong, one trouble after the other. */
export class Nemesis {
  private readonly random: Random;
  private ended = false;

  constructor(
    private readonly world: World,
    private readonly without: ReadonlySet<Trouble>,
  ) {
    this.random = world.random.fork('nemesis');
  }

  /** A clock that is as wrong as clocks of real machines, or more. */
  skew(): Skew {
    return {
      offsetMs: this.random.pick([0, this.wrong(40)]),
      rate: 1 + this.random.pick([0, 1, -1]) * (this.world.clocksAreWrong ? 1e-3 : 1e-4),
    };
  }

  /** How far a clock is off: a little where time servers work, by anything where they do not. */
  private wrong(mostMs: number): number {
    const { lockLifeMs, heartbeatMs } = this.world.settings;
    // Two clocks together may be off by at most the shortest time left of a lock when its instance dies.
    const most = this.world.clocksAreWrong ? (lockLifeMs - heartbeatMs) / 2 - 100 : mostMs;
    return this.random.whole(-most, most);
  }

  begin(): void {
    this.world.timeline.after(this.random.exponential(900), () => {
      if (this.ended) return;
      this.strike(this.random.pick(TROUBLES));
      this.begin();
    });
  }

  /** Ends all trouble: what was stopped goes on, and if nobody is left, a new instance starts. */
  end(): void {
    this.ended = true;
    this.world.ambush = null;
    this.world.weather.clear();
    for (const { process } of this.world.living) process.thaw();
    if (this.world.staying.length === 0) void this.world.boot(this.skew());
  }

  private strike(trouble: Trouble): void {
    if (this.without.has(trouble) || (this.world.isCalm && !CALM_TROUBLES.includes(trouble))) return;
    const { world, random } = this;
    const { weather, chronicle, living } = world;
    if (trouble === 'outage') return this.breakStore();
    if (trouble === 'storm') return this.storm();
    if (trouble === 'boot' || living.length === 0) return this.boot();
    const victim = random.pick(living);
    const { process } = victim;
    chronicle.note(process.name, 'meets', trouble);
    if (trouble === 'crash') this.kill(victim);
    if (trouble === 'ambush') this.lieInWait(victim);
    if (trouble === 'freeze') process.freeze(random.whole(500, 6000));
    if (trouble === 'hiccup') process.freeze(random.whole(10, 400));
    if (trouble === 'cut') weather.cut(process, random.whole(100, 4000));
    if (trouble === 'stop') world.stop(victim);
    if (trouble === 'jump') process.clock.set(this.wrong(40));
  }

  private breakStore(): void {
    const ms = this.random.whole(50, 3000);
    this.world.weather.breakStore(ms);
    this.world.chronicle.note('nemesis', 'brings', `an outage of ${ms} ms`);
  }

  private storm(): void {
    const { world, random } = this;
    world.weather.climate = {
      latencyMs: random.pick([1, 5, 30]),
      slow: random.pick([0, 0.02, 0.2]),
      slowMs: random.pick([50, 500, 1500]),
      failing: random.pick([0, 0, 0.02, 0.1]),
    };
    world.chronicle.note('weather', 'becomes', JSON.stringify(world.weather.climate));
  }

  private boot(): void {
    if (this.world.living.length < MOST_INSTANCES) void this.world.boot(this.skew());
  }

  private kill(victim: SimulatedInstance): void {
    this.world.crash(victim);
    // The operator starts it again.
    this.world.timeline.after(this.random.exponential(1000), () => this.ended || this.boot());
  }

  /** Waits for the victim to reach some phase of some operation, and strikes at that moment. */
  private lieInWait(victim: SimulatedInstance): void {
    const phase = this.random.pick(['sent', 'applied', 'answered'] as const);
    const method = this.random.pick([
      'open',
      'open',
      'update',
      'insert',
      'replace',
      'withdraw',
      'markDispatched',
      'acquire',
      'renew',
    ]);
    const isDeadly = this.random.chance(0.6);
    this.world.chronicle.note(victim.process.name, 'will be met', `at ${phase} ${method}`);
    this.world.ambush = (call, at) => {
      if (call.process !== victim.process || at !== phase || call.method !== method) return;
      this.world.ambush = null;
      if (isDeadly) this.kill(victim);
      else victim.process.freeze(this.random.whole(100, 5000));
    };
  }
}
