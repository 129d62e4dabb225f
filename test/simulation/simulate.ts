import { resolveOptions } from '../../src/options.js';
import { Accounts } from './invariants/accounts.js';
import { Acknowledged } from './invariants/acknowledged.js';
import { BesideItself } from './invariants/beside-itself.js';
import { Chains } from './invariants/chains.js';
import { Definitions } from './invariants/definitions.js';
import { Fencing } from './invariants/fencing.js';
import { HandedOn } from './invariants/handed-on.js';
import { Limits } from './invariants/limits.js';
import { Notices } from './invariants/notices.js';
import { WhoCan } from './invariants/who-can.js';
import { Windows } from './invariants/windows.js';
import { Liveness, RECOVERY_MS } from './invariants/liveness.js';
import { OneAtATime } from './invariants/one-at-a-time.js';
import { OthersGoOn } from './invariants/others-go-on.js';
import { OneStart } from './invariants/one-start.js';
import { PausedQueues } from './invariants/paused-queues.js';
import { Places } from './invariants/places.js';
import { Payloads } from './invariants/payloads.js';
import { Rates } from './invariants/rates.js';
import { Told } from './invariants/told.js';
import { Skips } from './invariants/skips.js';
import { Shares } from './invariants/shares.js';
import type { Mutation } from './mutations/mutation.js';
import type { Violation } from './world/chronicle.js';
import { Crowd, CROWDED_SLOTS } from './world/crowd.js';
import { Nemesis, TROUBLES, type Trouble } from './world/nemesis.js';
import { Random } from './world/random.js';
import { seeded } from './world/randomness.js';
import type { Spoil } from './world/spoils.js';
import { BEGIN } from './world/timeline.js';
import { Skippers } from './world/skippers.js';
import { Users } from './world/users.js';
import { World } from './world/world.js';

/** How long users act and things go wrong (ms). */
const TROUBLED_MS = 12_000;

/** How much longer a world with chains or notifications is looked at: an end may have to be told by others before its event is found (ms). */
const FOLLOWING_MS = 5000;
/** How many runs an event may start there, with all that follow. */
const MOST_DESCENDANTS = 12;

/** One simulation. Its seed decides everything that happens. */
export interface Simulation {
  seed: number;
  mutation?: Mutation;
  /** A fault of one task, instead of all other trouble. */
  spoil?: Spoil;
  /** Whether an organization that wants every slot comes, instead of all other trouble. */
  crowd?: boolean;
  /** Kinds of trouble to leave out. */
  without?: ReadonlySet<Trouble>;
  /** Whether the instances are not alike; by default in some worlds. */
  unlike?: boolean | undefined;
  /** Whether rates and places limit what starts; by default in some worlds. */
  limited?: boolean | undefined;
  /** Whether there are many events, and tasks that gather them; by default in some worlds. */
  eventful?: boolean | undefined;
  /** Whether there are tasks that the ends of others start; by default in some worlds. */
  chained?: boolean | undefined;
  /** Whether somebody wants to be told how tasks fare, which fail often; by default in some worlds. */
  notified?: boolean | undefined;
  /** Whether single occurrences are skipped; by default in some worlds. */
  skipping?: boolean | undefined;
  /** How long things go wrong (ms). */
  troubledMs?: number;
  /** Whether to write down what happens, for people to read. */
  verbose?: boolean;
}

/** The result of a simulation. */
export interface Outcome {
  violations: Violation[];
  lines: string[];
  /** The same number for the same history. */
  digest: number;
  starts: number;
}

/** Runs a simulated world from beginning to end. */
export async function simulate(simulation: Simulation): Promise<Outcome> {
  const random = new Random(simulation.seed).fork('world');
  return seeded(random.fork('engine'), () => live(simulation, random));
}

async function live(
  {
    mutation,
    spoil = mutation?.spoil,
    crowd = mutation?.crowd,
    unlike = mutation?.unlike,
    limited = mutation?.limited,
    eventful = mutation?.eventful,
    chained = mutation?.chained,
    notified = mutation?.notified,
    // Other faults are found by the seeds at which they were.
    skipping = mutation && (mutation.skipping ?? false),
    troubledMs = TROUBLED_MS,
    verbose,
    ...rest
  }: Simulation,
  random: Random,
): Promise<Outcome> {
  const without = spoil || crowd ? new Set(TROUBLES) : (rest.without ?? new Set());
  const healedAt = BEGIN + troubledMs;
  const isChained = !spoil && !crowd && (chained ?? random.fork('chained').chance(0.2));
  const followed = isChained && { eventDescendants: MOST_DESCENDANTS };
  const settings = { ...settingsOf(random.fork('settings')), ...(crowd && CROWDED), ...followed };
  const isUnlike = !spoil && !crowd && (unlike ?? random.fork('unlike').chance(0.3));
  const isNotified = !spoil && !crowd && (notified ?? random.fork('notified').chance(0.25));
  const variety = { isUnlike, limited: spoil || crowd ? 0 : limited ? 1 : 0.3, isNotified };
  const world = new World(random, settings, mutation ?? null, spoil ?? null, healedAt - 1, variety);
  const { chronicle, timeline } = world;
  chronicle.verbose = verbose ?? false;
  const judges = [
    new OneStart(world),
    new Fencing(world),
    new Definitions(world),
    new Accounts(world),
    new Acknowledged(world),
    new OneAtATime(world),
    new BesideItself(world),
    new HandedOn(world),
    new Limits(world),
    new Rates(world),
    new Payloads(world),
    new Places(world),
    new WhoCan(world),
    new PausedQueues(world),
    new Told(world),
    new Skips(world),
  ];
  const windows = new Windows(world);
  const shares = new Shares(world);
  const chains = new Chains(world);
  const notices = new Notices(world);
  const sometimes = [...(crowd ? [shares] : []), ...(isChained ? [chains] : []), ...(isNotified ? [notices] : [])];
  for (const judge of [...judges, windows, ...sometimes]) chronicle.observe(judge);
  const nemesis = new Nemesis(world, without);
  for (let count = random.whole(1, 3); count > 0; count--) await world.boot(nemesis.skew());
  const isEventful = !spoil && !crowd && (eventful ?? random.fork('eventful').chance(0.25));
  const users = new Users(world, { gathers: isEventful, chains: isChained, fails: isNotified });
  users.begin(healedAt);
  if (isEventful) users.raiseUntil(healedAt);
  const isSkipping = !spoil && !crowd && (skipping ?? random.fork('skipping').chance(0.25));
  if (isSkipping) new Skippers(world).begin(healedAt);
  if (crowd) new Crowd(world).begin();
  nemesis.begin();
  if (!world.isCalm && !spoil && !crowd) {
    for (const each of [world.recipient, ...(isNotified ? [world.receivers] : [])])
      each.trouble(timeline.after.bind(timeline), () => timeline.now >= healedAt);
  }
  world.changeFleet();
  await timeline.runUntil(healedAt - 2);
  if (spoil) new OthersGoOn(world).whileSpoiled();
  if (crowd) shares.whileCrowded();
  await timeline.runUntil(healedAt);
  world.fleet.end();
  nemesis.end();
  if (isUnlike) await world.boot(nemesis.skew());
  if (isUnlike) users.resumeQueue();
  chronicle.note('nemesis', 'ends all trouble');
  await timeline.runUntil(healedAt + RECOVERY_MS + (isChained || isNotified ? FOLLOWING_MS : 0));
  for (const judge of judges) if ('atTheEnd' in judge) judge.atTheEnd();
  new Liveness(world).atTheEnd(healedAt);
  windows.atTheEnd(healedAt);
  if (isChained) chains.atTheEnd(healedAt + RECOVERY_MS);
  if (isNotified) notices.atTheEnd();
  const { violations, lines, digest, starts } = chronicle;
  return { violations, lines, digest, starts: starts.length };
}

/** A world with a crowd has few slots, and enough memory. */
const CROWDED = { concurrency: CROWDED_SLOTS, heapLimit: 1000 };

const settingsOf = (random: Random) =>
  resolveOptions({
    engine: {
      concurrency: random.pick([2, 1000, 1000]),
      horizonMs: random.pick([2000, 60_000]),
      heapLimit: random.pick([2, 1000, 1000]),
      armingMs: random.pick([0, 200, 1000]),
      lockLifeMs: random.pick([1500, 3000]),
      heartbeatMs: random.pick([300, 600]),
      shutdownGraceMs: random.pick([0, 1000]),
    },
  }).engine;
