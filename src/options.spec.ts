import { describe, expect, it } from '@jest/globals';
import { SettingsError } from './domain/errors.js';
import { resolveOptions, type TaskRunnerOptions } from './options.js';
import { loadSettings } from './settings/load-settings.js';

const KEYS = `k1:${Buffer.alloc(32).toString('base64')}`;
const connection = { asPromise: () => Promise.resolve(), getClient: () => null, readyState: 1 };

const resolve = (options: unknown) => resolveOptions(options as TaskRunnerOptions);

describe('the options of a host application', () => {
  it('have defaults', () => {
    expect(resolve({})).toMatchObject({ storeUrl: 'file:./data/tasks.db', durability: 'full', quotas: {} });
    expect(resolve({ engine: { concurrency: 5 }, quotas: { tasks: 7 } })).toMatchObject({
      engine: { concurrency: 5, horizonMs: 60_000 },
      quotas: { tasks: 7 },
    });
  });

  it.each([
    ['none', undefined, 'The options must be an object.'],
    ['a text', 'file:./x.db', 'The options must be an object.'],
    ['a misspelt option', { storeURL: 'file:./x.db' }, 'storeURL is not a setting.'],
    ['a misspelt option of a section', { engine: { concurency: 5 } }, 'engine.concurency is not a setting.'],
    ['an option that is undefined', { storeUrl: undefined }, 'storeUrl is undefined: leave it out for its default.'],
    ['one of a section', { engine: { armingMs: undefined } }, 'engine.armingMs is undefined: leave it out'],
    ['an unknown value', { durability: 'fast' }, 'durability must be full or relaxed.'],
    ['a number as text', { engine: { concurrency: '5' } }, 'engine.concurrency must be a number, not text.'],
    ['a number out of its range', { quotas: { tasks: -5 } }, 'quotas.tasks must be a whole number from 1 to'],
    ['a section that is none', { engine: 5 }, 'engine must be a section of settings.'],
    ['another store', { storeUrl: 'postgres://db' }, 'storeUrl must be file:<path>, mongodb://'],
    ['other keys', { encryptionKeys: 'secret' }, 'encryptionKeys must be id:base64 pairs'],
    [
      'MongoDB without keys',
      { storeUrl: 'mongodb://db/tasks' },
      'encryptionKeys (id:base64 pairs of 32-byte keys) must be set',
    ],
    ['settings that contradict each other', { engine: { heartbeatMs: 9000 } }, 'less than half of'],
    ['a single trigger type', { triggerTypes: {} }, 'triggerTypes must be a list.'],
    [
      'two stores',
      { storeUrl: 'file:./x.db', connection, encryptionKeys: KEYS },
      'Only one of storeUrl and connection can be given.',
    ],
    ['another connection', { connection: {}, encryptionKeys: KEYS }, 'connection must be a connection of mongoose.'],
    ['no connection', { connection: undefined }, 'connection is undefined: leave it out for its default.'],
    ['a connection of nothing', { connection: null }, 'connection must be a connection of mongoose.'],
    ['a connection without keys', { connection }, 'must be set with connection'],
    ['a database with a URL', { database: 'tasks' }, 'database goes with connection'],
    ['no name of a database', { connection, database: 'a/b' }, 'database must be the name of a database'],
    ['too long a name', { connection, database: 'x'.repeat(64) }, 'database must be the name of a database'],
    [
      'a store beside a URL',
      { storeUrl: 'file:./x.db', store: () => null, encryptionKeys: KEYS },
      'Only one of storeUrl and store can be given.',
    ],
    [
      'a store beside a connection',
      { connection, store: () => null, encryptionKeys: KEYS },
      'Only one of connection and store can be given.',
    ],
    ['a store that is open', { store: { kind: 'x' }, encryptionKeys: KEYS }, 'store must be a function that opens a'],
    ['no store', { store: undefined }, 'store is undefined: leave it out for its default.'],
    ['a store of nothing', { store: null, encryptionKeys: KEYS }, 'store must be a function that opens a store.'],
    ['a store without keys', { store: () => null }, 'must be set with store'],
    [
      'a durability with a store',
      { store: () => null, encryptionKeys: KEYS, durability: 'relaxed' },
      'durability cannot be given with store',
    ],
    ['another clock', { clock: Date }, 'clock must be a Clock.'],
  ])('are refused with a sentence: %s', (_, options, sentence) => {
    expect(() => resolve(options)).toThrow(SettingsError);
    expect(() => resolve(options)).toThrow(sentence);
  });

  it('take a connection of the host as it is', () => {
    const own = resolve({ connection, database: 'jobs', encryptionKeys: KEYS });
    expect(own.host).toEqual({ connection, database: 'jobs' });
    expect(Object.isFrozen(connection)).toBe(false);
    expect(resolve({}).host).toBeNull();
  });

  it('are refused with all that is wrong at once, without what may be a secret', () => {
    const faults = () => resolve({ encryptionKeys: 'my secret', durability: 'fast', quota: {} });
    expect(faults).toThrow(/durability.*|encryptionKeys.*|quota is not/s);
    expect(faults).not.toThrow(/my secret/);
  });

  it('put what is given for the engine over its defaults, and refuse what the service would refuse', () => {
    const engine = (given: object) => resolve({ engine: given }).engine;
    expect(engine({ concurrency: 5 })).toEqual({ ...loadSettings({}).engine, concurrency: 5 });
    expect(Object.isFrozen(engine({}))).toBe(true);
    expect(() => engine({ concurrency: 0.5 })).toThrow('concurrency must be a whole number from 1 to 100000.');
    expect(() => engine({ heartbeatMs: 600, lockLifeMs: 1000 })).toThrow(/^HEARTBEAT_MS must be less/);
    expect(() => engine({ heartbeat: 1 })).toThrow('heartbeat is not a setting.');
  });
});
