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
import { KeyRing } from '../../src/secrets/key-ring.js';
import type { Durability } from '../../src/settings/settings.js';
import { lendDatabase } from '../conformance/mongo-databases.js';
import { T0 } from './builders.js';
import { bootInstance, type BootOptions, type EngineInstance } from './engine-instance.js';
import { Workshop } from './workshop.js';

/** Longer than any test has to wait, by the world's clock. */
const PATIENCE_MS = 300_000;
const STEP_MS = 50;
/** Pauses without store operations after which nothing is under way. */
const QUIET_TURNS = 3;

/** A store of its own, and how to do away with it. */
interface Ground {
  storeUrl: string;
  durability: Durability;
  /** Where the locks are kept, if not in the store. */
  redisUrl?: string;
  /** The files in which the data lies, where that is on this machine. */
  files: () => string[];
  clear(): Promise<void>;
}

/** One store, one clock, and as many instances of the runner as a test starts. */
export class EngineWorld {
  readonly clock = new SettableClock(T0);
  readonly workshop = new Workshop(() => this.clock.now());
  /** Everything that the program logged. */
  readonly logged: string[] = [];
  readonly instances: EngineInstance[] = [];
  private readonly encryptionKeys = `test:${randomBytes(32).toString('base64')}`;

  constructor(private readonly ground: Ground) {}

  /** Starts one more instance. */
  async boot(options: BootOptions = {}): Promise<EngineInstance> {
    const { clear, files, ...store } = this.ground;
    const label = String.fromCharCode(97 + this.instances.length);
    const { clock, workshop, encryptionKeys, logged } = this;
    const instance = await bootInstance({ label, ...store, clock, workshop, encryptionKeys, logged }, options);
    this.instances.push(instance);
    return instance;
  }

  /** Stops what still runs and removes the data. */
  async end(): Promise<void> {
    await this.done(Promise.all(this.instances.map((instance) => instance.end())));
    await this.ground.clear();
  }

  /** Lets time pass from one timer to the next, everything that is begun coming to its end in between. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    for (const until = this.clock.now() + ms; this.clock.now() < until;) {
      await this.clock.advanceTo(Math.min(until, this.clock.nextTimerAt()));
      await this.settle();
    }
  }

  /** Lets time pass although operations are held up, for which `advance` would wait; the store answers all others. */
  async advanceHeldUp(ms: number, { lockStore }: EngineInstance): Promise<void> {
    for (const until = this.clock.now() + ms; this.clock.now() < until;) {
      await this.clock.advance(Math.min(STEP_MS, until - this.clock.now()));
      // What was asked before this has its answer after it.
      await lockStore.holders(['nobody']);
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

  /** Lets everything that is under way go on until it waits for time, a handler or the network. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      for (let busy = this.busy(); busy; busy = this.busy(), quiet = 0) await busy.gate.next();
      // What was set for an instant that has come already fires, too.
      await this.clock.advanceTo(this.clock.now(), 1);
    }
  }

  private busy(): EngineInstance | undefined {
    return this.instances.find(({ gate }) => gate.isBusy);
  }

  /** Where the store of all instances is. */
  get storeUrl(): string {
    return this.ground.storeUrl;
  }

  /** Signs heads as versions did that sealed no entries. */
  earlierSigner(): (end: { organization: string; sequence: number; hash: string }) => Checkpoint {
    const signer = new CheckpointSigner(KeyRing.parse(this.encryptionKeys));
    return (end) => signer.sign(end.organization, 'head', end);
  }

  /** The files of the store, where it has any here. */
  files(): string[] {
    return this.ground.files();
  }

  private living(): EngineInstance {
    const living = this.instances.find(({ state }) => state === 'working');
    if (!living) throw new Error('no instance is working');
    return living;
  }
}

/** A task that calls the handler of the workshop; `fields` over it. */
export const work = (fields: Partial<TaskInput> = {}): TaskInput => ({
  name: 'work',
  triggers: [{ type: 'manual' }],
  action: { type: 'handler', name: 'work' },
  ...fields,
});

/** The trigger that fires each `everyMs`, at whole multiples of it after `T0`. */
export const every = (everyMs: number): TaskInput['triggers'][number] => ({
  type: 'interval',
  everyMs,
  anchorAt: new Date(T0).toISOString(),
});

async function sqliteGround(): Promise<Ground> {
  const directory = await mkdtemp(join(tmpdir(), 'task-runner-'));
  return {
    storeUrl: `file:${join(directory, 'tasks.db')}`,
    // No power cut is tested here, and waiting for the disk is a third of such a test.
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
    ? ([['SQLite and Redis', async () => ({ ...(await sqliteGround()), redisUrl: REDIS_URL })]] satisfies Grounds)
    : []),
];

/** What describes an engine on each of these grounds; `define` gets a function that returns the current test's world. */
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

/** Describes an engine on each store there is. */
export const describeEngine = describeOn(GROUNDS);

/** Describes an engine on each store and each keeper of locks there is. */
export const describeEngineOfLocks = describeOn(GROUNDS_OF_LOCKS);
