import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { configCommand } from './config-command.js';
import { loadSettings } from './settings/load-settings.js';
import { SECRET_VARIABLES } from './settings/secret-files.js';
import { VARIABLES } from './settings/variables.js';

const KEY = `k1:${Buffer.alloc(32, 7).toString('base64')}`;

/** A value of each variable that may hold a secret; each has this word where it is one. */
const WORD = 'geheim4711';
const VALUES: Record<(typeof SECRET_VARIABLES)[number], string> = {
  STORE_URL: `mongodb://user:${WORD}@db.example.org/tasks?authSource=admin`,
  JWT_SECRET: `${WORD} and more, so that it is long enough`,
  ENCRYPTION_KEYS: `${WORD}:${Buffer.alloc(32, 9).toString('base64')}`,
  OUTGOING_PROXY_URL: `http://user:${WORD}@proxy.example.org:3128`,
  REDIS_URL: `rediss://:${WORD}@cache.example.org:6380`,
  KAFKA_PASSWORD: WORD,
  EXECUTION_ENGINE_URL: `https://engine.example.org/${WORD}`,
  NOTIFICATION_URL: `https://hooks.example.org/services/T0/${WORD}`,
  REPORTING_URL: `https://reports.example.org/in?token=${WORD}`,
  AUDIT_URL: `https://user:${WORD}@audit.example.org/`,
  AUDIT_ANCHOR_URL: `https://anchor.example.org/x#${WORD}`,
  SMTP_URL: `smtps://user:${WORD}@mail.example.org`,
};
const FURTHER = { KAFKA_BROKERS: 'a.example.org:9092', KAFKA_USERNAME: 'runner', SMTP_FROM: 'tasks@example.org' };

function run(args: string[], env: NodeJS.ProcessEnv = {}): { code: number; out: string; err: string } {
  const told = { out: '', err: '' };
  const into = (name: 'out' | 'err') => ({ write: (text: string) => (told[name] += text) });
  return { code: configCommand(args, { env, stdout: into('out'), stderr: into('err') }), ...told };
}

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'config-'))));
afterAll(() => rm(folder, { recursive: true }));

const inFile = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

describe('config check', () => {
  it('says that settings are fine', () => {
    expect(run(['check'], { PORT: '4000' })).toEqual({ code: 0, out: 'The settings are fine.\n', err: '' });
  });

  it('names all that is wrong, of the environment, of its files and of the settings file, and no value', async () => {
    const CONFIG_FILE = await inFile('faulty.yaml', `port: ${WORD}\ncolour: ${WORD}\n`);
    const { code, out, err } = run(['check'], {
      ...{ CONFIG_FILE, CONCURRENCY: WORD, PORT_FILE: '/x', JWT_SECRET: VALUES.JWT_SECRET },
      ...{ JWT_SECRET_FILE: WORD, SMTP_URL_FILE: WORD, ENCRYPTION_KEYS_FILE: await inFile('empty', '\n') },
    });
    expect([code, out]).toEqual([1, '']);
    const lines = err.trimEnd().split('\n');
    for (const start of [
      'PORT_FILE is not read: PORT is no secret.',
      'JWT_SECRET and JWT_SECRET_FILE must not both be set.',
      'The file of SMTP_URL_FILE cannot be read (ENOENT).',
      'The file of ENCRYPTION_KEYS_FILE is empty.',
      'colour is not a setting.',
      'port in the settings file (PORT)',
      'CONCURRENCY ',
    ])
      expect([start, lines.filter((line) => line.startsWith(start)).length]).toEqual([start, 1]);
    expect(err).not.toContain(WORD);
  });

  it('says that the settings file cannot be read, or is none', async () => {
    expect(run(['check'], { CONFIG_FILE: join(folder, 'nowhere') })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^The settings file .*nowhere cannot be read\.\n$/),
    });
    const broken = await inFile('broken.yaml', `jwtSecret: "${WORD}`);
    const { code, err } = run(['check'], { CONFIG_FILE: broken });
    expect([code, err]).toEqual([1, 'The settings file is neither valid YAML nor valid JSON.\n']);
  });

  it.each([[[]], [['chek']], [['check', 'more']], [['print']], [['print', '--plain']]])('does not take %j', (args) => {
    const { code, out, err } = run(args, VALUES);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/--redacted/);
  });
});

describe('config print --redacted', () => {
  it('prints what counts, and no secret, wherever it comes from', async () => {
    const files = await Promise.all(
      SECRET_VARIABLES.map(async (name) => [`${name}_FILE`, await inFile(name, `${VALUES[name]}\n`)]),
    );
    for (const env of [VALUES, Object.fromEntries(files) as NodeJS.ProcessEnv]) {
      const { code, out, err } = run(['print', '--redacted'], { ...FURTHER, ...env, CONCURRENCY: '77' });
      expect([code, err]).toEqual([0, '']);
      expect(out).not.toContain(WORD);
      expect(out).not.toContain(VALUES.ENCRYPTION_KEYS.split(':')[1]);
      expect(parse(out)).toMatchObject({
        storeUrl: 'mongodb://***@db.example.org/tasks?***',
        jwtSecret: '***',
        encryptionKeys: '***',
        redisUrl: 'rediss://***@cache.example.org:6380',
        engine: { concurrency: 77, horizonMs: 60_000 },
        sinks: { notificationUrl: 'https://hooks.example.org/***' },
        kafka: { username: 'runner', password: '***' },
        smtp: { url: 'smtps://***@mail.example.org' },
      });
    }
  });

  it.each([
    ['https://engine.example.org', 'https://engine.example.org'],
    ['https://engine.example.org:8443', 'https://engine.example.org:8443'],
    ['https://engine.example.org/', 'https://engine.example.org/***'],
    [`https://engine.example.org/${WORD}`, 'https://engine.example.org/***'],
    [`https://engine.example.org?${WORD}`, 'https://engine.example.org/***'],
  ])('shows of the receiver %s where it is, and not its path', (EXECUTION_ENGINE_URL, shown) => {
    const { out } = run(['print', '--redacted'], { EXECUTION_ENGINE_URL });
    expect(parse(out)).toMatchObject({ sinks: { executionEngineUrl: shown } });
  });

  it('tells what is not set, so that it shows what a start would do', () => {
    const printed = parse(run(['print', '--redacted']).out) as Record<string, unknown>;
    expect(printed).toEqual(loadSettings({}));
  });
});

describe('files of secrets', () => {
  it('count as the variables would', async () => {
    const env = {
      JWT_SECRET_FILE: await inFile('jwt', `${VALUES.JWT_SECRET}\r\n`),
      ENCRYPTION_KEYS_FILE: await inFile('ring', KEY),
    };
    expect(loadSettings(env)).toMatchObject({ jwtSecret: VALUES.JWT_SECRET, encryptionKeys: KEY });
  });

  it('are bounded', async () => {
    const JWT_SECRET_FILE = await inFile('large', 'x'.repeat(65_537));
    expect(() => loadSettings({ JWT_SECRET_FILE })).toThrow('The file of JWT_SECRET_FILE has more than 65536 bytes.');
    expect(() => loadSettings({ JWT_SECRET_FILE: folder })).toThrow(
      'The file of JWT_SECRET_FILE cannot be read (EISDIR).',
    );
  });

  it('are there for every variable whose name says that it is a secret', () => {
    const secret = /SECRET|KEYS|PASSWORD|TOKEN/;
    const named = Object.keys(VARIABLES).filter((name) => secret.test(name));
    expect(named.filter((name) => !(SECRET_VARIABLES as readonly string[]).includes(name))).toEqual([]);
  });
});

describe('the settings file of CONFIG_FILE', () => {
  it.each([
    ['yaml', 'port: 4001\nengine:\n  concurrency: 7\n'],
    ['json', '{"port": 4001, "engine": {"concurrency": 7}}'],
  ])('may be %s; the environment wins, and what it leaves out has its default', async (kind, text) => {
    const CONFIG_FILE = await inFile(`settings.${kind}`, text);
    const printed = parse(run(['print', '--redacted'], { CONFIG_FILE, CONCURRENCY: '9' }).out) as object;
    expect(printed).toMatchObject({ port: 4001, engine: { concurrency: 9, horizonMs: 60_000 }, logLevel: 'info' });
  });
});
