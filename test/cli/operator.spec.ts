import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';
import { callHere } from './cli-call.js';
import { BIN, call } from './cli-process.js';

interface Finding {
  what: string;
  state: string;
  detail: string;
}

const JWT_SECRET = randomBytes(32).toString('hex');
const KEYS = { a: `a:${randomBytes(32).toString('base64')}`, b: `b:${randomBytes(32).toString('base64')}` };

let folder: string;
let path: string;
let store: string;
let service: ServiceProcess;
const statesOf = (out: string) =>
  Object.fromEntries((JSON.parse(out) as Finding[]).map(({ what, state }) => [what, state]));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-operator-'));
  path = join(folder, 'tasks.db');
  store = `file:${path}`;
  service = await ServiceProcess.start(store, { ENCRYPTION_KEYS: KEYS.a, JWT_SECRET });
});
afterAll(async () => {
  await service.killHard();
  rmSync(folder, { recursive: true });
});

const env = () => ({ STORE_URL: store, JWT_SECRET, ENCRYPTION_KEYS: KEYS.a });
const issue = (...more: string[]) => call(['token', '--output', 'json', ...more], env());
const asked = async (token: string, ...args: string[]) =>
  callHere(args, { env: { TASK_RUNNER_URL: service.url, TASK_RUNNER_TOKEN: token } });

describe('token', () => {
  it('is accepted by the service, with the role that it says', async () => {
    const plain = await call(['token', '--role', 'operator', '--organization', 'acme'], env());
    expect([plain.code, plain.err]).toEqual([0, '']);
    expect((await asked(plain.out.trim(), 'queues')).code).toBe(0);
    const { token, expiresAt } = JSON.parse((await issue('--minutes', '5')).out) as {
      token: string;
      expiresAt: string;
    };
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(300_000);
    // Unless it says so, it may only look.
    expect((await asked(token, 'task', 'pause', '--all')).code).toBe(4);
    expect((await call(['token', '--role', 'god'], env())).code).toBe(2);
  });
});

describe('doctor', () => {
  it('finds nothing wrong with a service that works', async () => {
    const { token } = JSON.parse((await issue('--role', 'admin')).out) as { token: string };
    const examined = await asked(token, 'doctor', '--output', 'json');
    expect([examined.code, statesOf(examined.out)]).toEqual([
      0,
      { ready: 'ok', token: 'ok', instances: 'ok', workers: 'ok', attention: 'ok' },
    ]);
    expect((await asked(token, 'doctor')).out).toMatch(/^ready +ok +takes up work$/m);
    const refused = await asked(tokenFor('default'), 'doctor', '--output', 'json');
    expect([refused.code, statesOf(refused.out)['token']]).toEqual([1, 'fault']);
  });

  it('finds what the tasks of a service lack', async () => {
    const { token } = JSON.parse((await issue('--role', 'admin')).out) as { token: string };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({
      name: 'x',
      triggers: [{ type: 'interval', everyMs: 1000 }],
      action: { type: 'handler', name: 'nobody' },
    });
    const made = await fetch(`${service.url}/v1/tasks`, { method: 'POST', headers, body });
    expect(made.status).toBe(201);
    const { id } = (await made.json()) as { id: string };
    // The service looks for what is overdue now and then.
    for (let state = 'ok'; state === 'ok';) {
      const { code, out } = await asked(token, 'doctor', '--output', 'json');
      state = statesOf(out)['workers'] ?? 'unknown';
      if (state !== 'ok') expect([code, state]).toEqual([1, 'fault']);
    }
    await fetch(`${service.url}/v1/tasks/${id}`, {
      method: 'DELETE',
      headers: { authorization: headers.authorization },
    });
  });

  it('examines a store beside a service, and changes nothing in one of another schema', async () => {
    const fine = await call(['doctor', '--store', store, '--output', 'json'], env());
    expect([fine.code, statesOf(fine.out)]).toEqual([
      0,
      { schema: 'ok', indexes: 'ok', disk: 'ok', 'round trip': 'ok', keys: 'ok', overdue: 'ok' },
    ]);
    const older = join(folder, 'older.db');
    const database = new Database(older);
    database.exec(readFileSync(new URL('../upgrade/fixtures/schema-31.sql', import.meta.url), 'utf8'));
    database.close();
    const before = readFileSync(older);
    const examined = await call(['doctor', '--store', `file:${older}`, '--output', 'json'], env());
    expect(statesOf(examined.out)).toEqual({ schema: 'warning', indexes: 'fault', disk: 'ok' });
    expect(readFileSync(older).equals(before)).toBe(true);
  });

  it('finds a missing index, and a key that is not there', async () => {
    const copy = join(folder, 'copy.db');
    const database = new Database(copy);
    database.exec(readFileSync(new URL('../upgrade/fixtures/schema-31.sql', import.meta.url), 'utf8'));
    database.close();
    expect((await call(['migrate', '--store', `file:${copy}`])).code).toBe(0);
    const spoiled = new Database(copy);
    spoiled.exec('DROP INDEX event_terms_of_task');
    spoiled.close();
    const examined = await call(['doctor', '--store', `file:${copy}`, '--output', 'json'], env());
    const findings = JSON.parse(examined.out) as Finding[];
    expect(examined.code).toBe(1);
    expect(findings.filter(({ state }) => state === 'fault').map(({ what, detail }) => [what, detail])).toEqual([
      ['indexes', 'missing: index event_terms_of_task'],
      ['keys', 'secrets are sealed with keys that ENCRYPTION_KEYS lacks: fixture'],
    ]);
  });
});

describe('the keys that doctor looks for', () => {
  /** A store in a folder of its own, in which a task and a webhook source have secrets. */
  async function sealedStore(name: string): Promise<string> {
    mkdirSync(join(folder, name));
    const at = join(folder, name, 'tasks.db');
    edit(at, readFileSync(new URL('../upgrade/fixtures/schema-31.sql', import.meta.url), 'utf8'));
    expect((await call(['migrate', '--store', `file:${at}`])).code).toBe(0);
    return at;
  }
  function edit(at: string, sql: string): void {
    const database = new Database(at);
    database.exec(sql);
    database.close();
  }
  const keysOf = async (at: string, more: NodeJS.ProcessEnv = {}) => {
    const { out } = await call(['doctor', '--store', `file:${at}`, '--output', 'json'], more);
    return (JSON.parse(out) as Finding[]).find(({ what }) => what === 'keys');
  };
  const WITHOUT_TASKS = "UPDATE task_details SET details = json_set(details, '$.secrets', json('{}'))";

  it('are made by the service alone', async () => {
    const at = await sealedStore('keyless');
    const key = join(folder, 'keyless', 'encryption.key');
    expect(await keysOf(at)).toMatchObject({
      state: 'fault',
      detail: `secrets are sealed, ENCRYPTION_KEYS is not set, and ${key} is missing`,
    });
    edit(at, `${WITHOUT_TASKS}; DELETE FROM webhook_sources`);
    expect(await keysOf(at)).toMatchObject({ state: 'ok', detail: 'nothing is sealed' });
    expect(existsSync(key)).toBe(false);
  });

  it('are those of webhook sources and notification channels as well', async () => {
    const at = await sealedStore('others');
    edit(at, WITHOUT_TASKS);
    const channel = {
      ...{ name: 'chat', type: 'webhook', enabled: true, disabledReason: null, url: 'n1.of-address.x.y', host: 'h' },
      ...{ to: [], secrets: [{ id: 's', sealed: 'n1.of-signature.x.y', endsAt: null }], createdBy: 'f', createdAt: 0 },
    };
    edit(at, `INSERT INTO notifications VALUES ('channel', 'default', 'c', 1, 0, '${JSON.stringify(channel)}')`);
    expect(await keysOf(at, { ENCRYPTION_KEYS: KEYS.a })).toMatchObject({
      state: 'fault',
      detail: 'secrets are sealed with keys that ENCRYPTION_KEYS lacks: fixture, of-address, of-signature',
    });
  });
});

describe('keys rotate', () => {
  it('seals everything with the first key', async () => {
    const { token } = JSON.parse((await issue('--role', 'admin')).out) as { token: string };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({
      name: 's',
      triggers: [{ type: 'manual' }],
      action: { type: 'noop' },
      secrets: { t: 'x' },
    });
    expect((await fetch(`${service.url}/v1/tasks`, { method: 'POST', headers, body })).status).toBe(201);
    const both = { ...env(), ENCRYPTION_KEYS: `${KEYS.b},${KEYS.a}` };
    const done = await call(['keys', 'rotate', '--output', 'json'], both);
    expect([done.code, JSON.parse(done.out)]).toMatchObject([0, { key: 'b', tasks: 1, left: 0 }]);
    const alone = { ...env(), ENCRYPTION_KEYS: KEYS.b };
    const examined = await call(['doctor', '--store', store, '--output', 'json'], alone);
    expect(statesOf(examined.out)['keys']).toBe('ok');
    expect(done.out + done.err).not.toContain(KEYS.b.slice(2));
  });
});

describe('completion', () => {
  it('completes commands and options in bash', async () => {
    const { out: script } = await callHere(['completion', 'bash']);
    const complete = (...words: string[]) =>
      execFileSync('bash', [
        '-c',
        `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _scheduled_task_runner; echo "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ])
        .toString()
        .trim()
        .split(' ');
    expect(complete('scheduled-task-runner', 'ta')).toEqual(['task']);
    expect(complete('scheduled-task-runner', 'task', 'p')).toEqual(['pause']);
    expect(complete('scheduled-task-runner', 'task', 'run', '--w')).toEqual(['--wait']);
    expect(complete('scheduled-task-runner', 'run', 'l')).toEqual(['list', 'logs']);
    expect(complete('scheduled-task-runner', 'run', 'logs', '--f')).toEqual(['--follow']);
  });

  it('is there for zsh and fish as well', async () => {
    expect((await callHere(['completion', 'zsh'])).out).toMatch(
      /^autoload -U \+X bashcompinit && bashcompinit\n_scheduled/,
    );
    const { out: fish } = await callHere(['completion', 'fish']);
    expect(fish).toMatch(/^complete -c scheduled-task-runner -f -n '.*' -a task$/m);
    expect(fish).toMatch(
      /^complete -c scheduled-task-runner -n '__fish_seen_subcommand_from task; and __fish_seen_subcommand_from run' -l wait$/m,
    );
    expect((await callHere(['completion', 'csh'])).code).toBe(2);
  });
});

describe('output that nobody takes', () => {
  const endOf = async (args: string[], stdout: 'pipe' | number): Promise<unknown> => {
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', stdout, 'ignore'] });
    child.stdout?.destroy();
    return (await once(child, 'close'))[0] as unknown;
  };

  it('is no success', async () => {
    expect(await endOf(['completion', 'bash'], 'pipe')).toBe(141);
    const full = openSync('/dev/full', 'w');
    expect(await endOf(['completion', 'bash'], full)).toBe(1);
    closeSync(full);
  });
});

describe('commands that read their words themselves', () => {
  it('come first', async () => {
    for (const name of ['serve', 'config', 'import']) {
      const refused = await callHere(['--no-color', name, 'word', '--dry-run']);
      expect(refused).toEqual({ code: 2, out: '', err: `${name} comes first: nothing may be before it.\n` });
    }
  });
});

describe('help', () => {
  it('needs nothing but the command line itself', () => {
    const root = resolve(import.meta.dirname, '../..');
    const bare = join(folder, 'bare');
    for (const part of [
      'dist/bin.js',
      'dist/cli',
      'dist/cluster/package-version.js',
      'dist/clock',
      'package.json',
      'node_modules/commander',
    ])
      cpSync(join(root, part), join(bare, part), { recursive: true });
    const help = (...args: string[]) => execFileSync(process.execPath, [join(bare, 'dist/bin.js'), ...args]).toString();
    expect(help('--help')).toContain('Usage: scheduled-task-runner');
    expect(help('task', 'apply', '--help')).toContain('--prune');
  });
});
