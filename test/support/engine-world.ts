import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from '@jest/globals';
import type { Checkpoint } from '../../src/audit/audit.store.js';
import { CheckpointSigner } from '../../src/audit/checkpoint-signer.js';
import { SettableClock } from '../../src/clock/settable-clock.js';
import type { Run } from '../../src/domain/run.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import type { LogLine } from '../../src/operator-log/log-line.js';
import { KeyRing } from '../../src/secrets/key-ring.js';
import type { Durability } from '../../src/settings/settings.js';
import { lendDatabase } from '../conformance/mongo-databases.js';
import { T0 } from './builders.js';
import { bootInstance, type BootOptions, type EngineInstance } from './engine-instance.js';
import { Workshop } from './workshop.js';

/** Longer than any test has to wait, by the world's clock. */
const PATIENCE_MS = 300_000;
const STEP_MS = 50;
/** After this many turns without store operations nothing is under way. */
const QUIET_TURNS = 3;

/** A store of its own, and how to remove it. */
interface Ground {
  storeUrl: string;
  durability: Durability;
  /** Where the locks are kept, unless the store keeps them. */
  redisUrl?: string;
  locks?: 'redis';
  /** The files that hold the data, if it is on this machine. */
  files: () => string[];
  clear(): Promise<void>;
}

/** One store, one clock, and as many instances of the runner as a test starts. */
export class EngineWorld {
  readonly clock = new SettableClock(T0);
  readonly workshop = new Workshop(() => this.clock.now());
  /** Everything that the program logged. */
  readonly logged: string[] = [];
  /** The lines for operators among it. */
  readonly lines: LogLine[] = [];
  readonly instances: EngineInstance[] = [];
  private readonly encryptionKeys = `test:${randomBytes(32).toString('base64')}`;

  constructor(private readonly ground: Ground) {}

  /** Starts another instance. */
  async boot(options: BootOptions = {}): Promise<EngineInstance> {
    const { clear, files, ...store } = this.ground;
    const label = String.fromCharCode(97 + this.instances.length);
    const { clock, workshop, encryptionKeys, logged, lines } = this;
    const instance = await bootInstance({ label, ...store, clock, workshop, encryptionKeys, logged, lines }, options);
    this.instances.push(instance);
    return instance;
  }

  /** Stops what still runs and removes the data. */
  async end(): Promise<void> {
    await this.done(Promise.all(this.instances.map((instance) => instance.end())));
    await this.ground.clear();
    const illegal = this.instances.flatMap(({ illegalMoves }) => illegalMoves);
    if (illegal.length > 0) throw new Error(illegal.join('\n'));
  }

  /** Lets time pass from one timer to the next; everything that has begun comes to its end in between. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    for (const until = this.clock.now() + ms; this.clock.now() < until;) {
      await this.clock.advanceTo(Math.min(until, this.clock.nextTimerAt()));
      await this.settle();
    }
  }

  /** Lets time pass although operations are held up, for which `advance` would wait. The store answers all others. */
  async advanceHeldUp(ms: number, { lockStore }: EngineInstance): Promise<void> {
    for (const until = this.clock.now() + ms; this.clock.now() < until;) {
      await this.clock.advance(Math.min(STEP_MS, until - this.clock.now()));
      // After this answer, everything asked before it has been answered.
      await lockStore.holders(['nobody']);
    }
  }

  /** Lets time pass although operations are held up, until `holds`, or fails the test. */
  async untilHeldUp(holds: () => boolean, instance: EngineInstance): Promise<void> {
    for (const end = this.clock.now() + PATIENCE_MS; !holds();) {
      if (this.clock.now() > end) throw new Error(`this did not come about: ${holds.toString()}`);
      await this.advanceHeldUp(STEP_MS, instance);
    }
  }

  /** Lets time pass until `holds`, or fails the test. */
  async until(holds: () => boolean | Promise<boolean>, what = holds.toString()): Promise<void> {
    const end = this.clock.now() + PATIENCE_MS;
    await this.settle();
    while (!(await holds())) {
      if (this.clock.now() > end) throw new Error(`this did not come about: ${what}`);
      await this.advance(STEP_MS);
    }
  }

  /** Lets time pass until the promise settles. */
  async done<Result>(promise: Promise<Result>, what = 'the operation'): Promise<Result> {
    let settled = false;
    const mark = () => void (settled = true);
    promise.then(mark, mark);
    await this.until(() => settled, `${what} did not end`);
    return promise;
  }

  /** Lets time pass until the run is in the state. */
  async inState(run: Pick<Run, 'id'>, state: Run['state']): Promise<Run> {
    const { scheduler } = this.living();
    await this.until(async () => (await scheduler.getRun(run.id)).state === state, `run ${state}`);
    return scheduler.getRun(run.id);
  }

  /** Every run of a task, by nominal time. */
  async runsOf(task: { id: string }, organization?: string): Promise<Run[]> {
    const { scheduler } = this.living();
    const scoped = organization === undefined ? scheduler : scheduler.for(organization);
    return (await scoped.listRuns({ taskId: task.id }, { limit: 1000 })).reverse();
  }

  /** Lets everything under way continue until it waits for time, a handler or the network. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      for (let busy = this.busy(); busy; busy = this.busy(), quiet = 0) await busy.gate.next();
      // Timers set for an instant that has already come fire, too.
      await this.clock.advanceTo(this.clock.now(), 1);
    }
  }

  private busy(): EngineInstance | undefined {
    return this.instances.find(({ gate }) => gate.isBusy);
  }

  /** The address of the store that all instances share. */
  get storeUrl(): string {
    return this.ground.storeUrl;
  }

  /** Signs heads as earlier versions did, which sealed no entries. */
  earlierSigner(): (end: { organization: string; sequence: number; hash: string }) => Checkpoint {
    const signer = new CheckpointSigner(KeyRing.parse(this.encryptionKeys));
    return (end) => signer.sign(end.organization, 'head', end);
  }

  /** The files of the store, if it has any on this machine. */
  files(): string[] {
    return this.ground.files();
  }

  private living(): EngineInstance {
    const living = this.instances.find(({ state }) => state === 'working');
    if (!living) throw new Error('no instance is working');
    return living;
  }
}

/** A task that calls the handler of the workshop, overridden by `fields`. */
export const work = (fields: Partial<TaskInput> = {}): TaskInput => ({
  name: 'work',
  triggers: [{ type: 'manual' }],
  action: { type: 'handler', name: 'work' },
  ...fields,
});

/** A trigger that fires each `everyMs`, at whole multiples of it after `T0`. */
export const every = (everyMs: number): TaskInput['triggers'][number] => ({
  type: 'interval',
  everyMs,
  anchorAt: new Date(T0).toISOString(),
});

async function sqliteGround(): Promise<Ground> {
  const directory = await mkdtemp(join(tmpdir(), 'task-runner-'));
  return {
    storeUrl: `file:${join(directory, 'tasks.db')}`,
    // No test here cuts the power, and waiting for the disk takes a third of such a test.
    durability: 'relaxed',
    files: () => readdirSync(directory).map((name) => join(directory, name)),
    clear: () => rm(directory, { recursive: true, force: true }),
  };
}

async function mongoGround(uri: string): Promise<Ground> {
  const { url, giveBack } = await lendDatabase(uri);
  return { storeUrl: url, durability: 'full', files: () => [], clear: async () => giveBack() };
}

const MONGODB_URI = process.env['MONGODB_URI'];
const REDIS_URL = process.env['REDIS_URL'];

type Grounds = [name: string, make: () => Promise<Ground>][];

const GROUNDS: Grounds = [
  ['SQLite', sqliteGround],
  ...(MONGODB_URI ? ([['MongoDB', () => mongoGround(MONGODB_URI)]] satisfies Grounds) : []),
];

/** The stores, and one whose locks are kept in Redis. */
const GROUNDS_OF_LOCKS: Grounds = [
  ...GROUNDS,
  ...(REDIS_URL
    ? ([
        ['SQLite and Redis', async () => ({ ...(await sqliteGround()), redisUrl: REDIS_URL, locks: 'redis' as const })],
      ] satisfies Grounds)
    : []),
];

/** Describes an engine on each of these grounds; `define` gets a function that returns the current test's world. */
const describeOn =
  (grounds: Grounds) =>
  (name: string, define: (world: () => EngineWorld) => void): void => {
    describe.each(grounds)(`${name} on %s`, (_store, ground) => {
      let world: EngineWorld;
      beforeEach(async () => {
        world = new EngineWorld(await ground());
      });
      afterEach(() => world.end());
      define(() => world);
    });
  };

/** Describes an engine on each store. */
export const describeEngine = describeOn(GROUNDS);

/** Describes an engine on an SQLite file, whatever other stores there are. */
export const describeEngineOnSqlite = describeOn(GROUNDS.slice(0, 1));

/** Describes an engine on each store and each keeper of locks. */
export const describeEngineOfLocks = describeOn(GROUNDS_OF_LOCKS);
