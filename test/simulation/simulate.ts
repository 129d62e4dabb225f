import { engineDefaults } from '../../src/settings/load-settings.js';
import { Accounts } from './invariants/accounts.js';
import { Acknowledged } from './invariants/acknowledged.js';
import { Definitions } from './invariants/definitions.js';
import { Fencing } from './invariants/fencing.js';
import { HandedOn } from './invariants/handed-on.js';
import { Limits } from './invariants/limits.js';
import { Liveness, RECOVERY_MS } from './invariants/liveness.js';
import { OneAtATime } from './invariants/one-at-a-time.js';
import { OneStart } from './invariants/one-start.js';
import type { Mutation } from './mutations/mutation.js';
import type { Violation } from './world/chronicle.js';
import { Nemesis, type Trouble } from './world/nemesis.js';
import { Random } from './world/random.js';
import { seeded } from './world/randomness.js';
import { BEGIN } from './world/timeline.js';
import { Users } from './world/users.js';
import { World } from './world/world.js';

/** How long users act and things go wrong (ms). */
const TROUBLED_MS = 12_000;

/** One simulation: a seed says everything that happens in it. */
export interface Simulation {
  seed: number;
  mutation?: Mutation;
  /** Kinds of trouble to leave out. */
  without?: ReadonlySet<Trouble>;
  /** How long things go wrong (ms). */
  troubledMs?: number;
  /** Whether to write down what happens. */
  verbose?: boolean;
}

/** What came of a simulation. */
export interface Outcome {
  violations: Violation[];
  lines: string[];
  /** The same for the same history. */
  digest: number;
  starts: number;
}

/** Lets a world go by. */
export async function simulate(simulation: Simulation): Promise<Outcome> {
  const random = new Random(simulation.seed).fork('world');
  return seeded(random.fork('engine'), () => live(simulation, random));
}

async function live(
  { mutation, without = new Set(), troubledMs = TROUBLED_MS, verbose }: Simulation,
  random: Random,
): Promise<Outcome> {
  const world = new World(random, settingsOf(random.fork('settings')), mutation ?? null);
  const { chronicle, timeline } = world;
  chronicle.verbose = verbose ?? false;
  const judges = [
    new OneStart(world),
    new Fencing(world),
    new Definitions(world),
    new Accounts(world),
    new Acknowledged(world),
    new OneAtATime(world),
    new HandedOn(world),
    new Limits(world),
  ];
  for (const judge of judges) chronicle.observe(judge);
  const nemesis = new Nemesis(world, without);
  const healedAt = BEGIN + troubledMs;
  for (let count = random.whole(1, 3); count > 0; count--) await world.boot(nemesis.skew());
  new Users(world).begin(healedAt);
  nemesis.begin();
  await timeline.runUntil(healedAt);
  nemesis.end();
  chronicle.note('nemesis', 'ends all trouble');
  await timeline.runUntil(healedAt + RECOVERY_MS);
  for (const judge of judges) if ('atTheEnd' in judge) judge.atTheEnd();
  new Liveness(world).atTheEnd(healedAt);
  const { violations, lines, digest, starts } = chronicle;
  return { violations, lines, digest, starts: starts.length };
}

const settingsOf = (random: Random) =>
  engineDefaults({
    concurrency: random.pick([2, 1000, 1000]),
    horizonMs: random.pick([2000, 60_000]),
    heapLimit: random.pick([2, 1000, 1000]),
    armingMs: random.pick([0, 200, 1000]),
    lockLifeMs: random.pick([1500, 3000]),
    heartbeatMs: random.pick([300, 600]),
    shutdownGraceMs: random.pick([0, 1000]),
  });
