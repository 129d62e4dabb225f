import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packageVersion } from '../../src/cluster/package-version.js';
import { HttpTarget } from '../support/http-target.js';
import { ServiceProcess } from './service-process.js';

/** Without secrets, the service generates the keys beside the store before it opens the store. */
const NO_SECRETS = { JWT_SECRET: '', ENCRYPTION_KEYS: '' };

/** How the service ends when it is started with this store. */
async function ending(storeUrl: string, env: NodeJS.ProcessEnv): Promise<{ code: unknown; lines: string[] }> {
  const child = ServiceProcess.spawn(storeUrl, env);
  child.stdout!.resume();
  const [written, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit') as Promise<[unknown]>]);
  return { code, lines: written.split('\n').filter((line) => line !== '') };
}

describe('the service', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unusable-store-'));
    await writeFile(join(folder, 'file'), '');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const places = () => ['/proc/nowhere', join(folder, 'file', 'data'), join(folder, 'file')];

  it('says in one sentence that the folder of its store cannot be made, and ends with 1', async () => {
    for (const place of places()) {
      const { code, lines } = await ending(`file:${place}/tasks.db`, {});
      expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringContaining(place)] });
      expect(lines[0]).toMatch(/^The directory .* for the database cannot be created \((ENOENT|ENOTDIR|EEXIST)\)\.$/);
    }
  });

  it('says in one sentence that it cannot make its keys beside the store, and ends with 1', async () => {
    for (const place of places()) {
      const { code, lines } = await ending(`file:${place}/tasks.db`, NO_SECRETS);
      expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringContaining(place)] });
      expect(lines[0]).toMatch(/^The key file .*jwt\.key cannot be (created|read) \((ENOENT|ENOTDIR)\)\.$/);
    }
  });

  it('says in one sentence that its port is taken before it takes up work, and ends with 1', async () => {
    const taken = await HttpTarget.start();
    const { code, lines } = await ending(`file:${folder}/port/tasks.db`, { PORT: String(taken.port) });
    expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringMatching(/^Port \d+ on 127\.0\.0\.1 is taken/)] });
    await taken.close();
  });
});

describe('the service in production', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'production-'));
    await mkdir(join(folder, 'folder.db'));
    await writeFile(join(folder, 'text.db'), 'this is no database, and never was one; it is only some text');
    await writeFile(join(folder, 'file'), '');
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** All that a start in production writes. */
  const written = async (storeUrl: string, env: NodeJS.ProcessEnv = {}) => {
    const child = ServiceProcess.spawn(storeUrl, { NODE_ENV: 'production', LOG_LEVEL: 'info', ...env });
    const ended = once(child, 'exit') as Promise<[unknown]>;
    const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
    return {
      code,
      err,
      lines: out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    };
  };

  it.each([
    ['a folder', (at: string) => `file:${at}/folder.db`, {}, 'cannot be opened'],
    ['no database', (at: string) => `file:${at}/text.db`, {}, 'is not an SQLite database'],
    ['nowhere to write', (at: string) => `file:${at}/file/tasks.db`, {}, 'cannot be created'],
    ['no server', () => 'mongodb://127.0.0.1:9/tasks?serverSelectionTimeoutMS=200', {}, 'MongoDB at 127.0.0.1:9'],
    ['no store at all', () => 'ftp://store', {}, 'STORE_URL'],
    ['with a wrong setting', (at: string) => `file:${at}/a.db`, { PORT: 'none' }, 'PORT'],
    ['with a secret too short', (at: string) => `file:${at}/b.db`, { JWT_SECRET: 'hunter2' }, 'JWT_SECRET'],
  ])('says in one line of level fatal why it cannot start, and nothing else: %s', async (_, url, env, why) => {
    const { code, err, lines } = await written(url(folder), env);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    const line = { level: 60, event: 'start.failed', version: packageVersion(), msg: expect.stringContaining(why) };
    expect(lines).toEqual([expect.objectContaining(line)]);
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|\\n|    at /);
  });

  it('writes nothing but lines of JSON, from its start to its end, each with version and instance', async () => {
    const child = ServiceProcess.spawn(`file:${join(folder, 'whole.db')}`, {
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
    });
    const err = text(child.stderr!);
    let out = '';
    for await (const part of child.stdout!) {
      out += String(part);
      if (out.includes('listens on')) child.kill('SIGTERM');
    }
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(await err).toBe('');
    const events = lines.flatMap(({ event }) => event ?? []);
    expect(events).toEqual(['instance.started', 'instance.leaving', 'instance.left']);
    for (const line of lines.filter(({ event }) => event !== undefined)) {
      expect(line).toMatchObject({ version: packageVersion(), instance: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    }
  });
});

describe('what the service tells whoever starts it', () => {
  const told = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'told-'));
    const child = ServiceProcess.spawn(`file:${join(folder, 'tasks.db')}`, { PORT: '0', ...env });
    child.stderr!.resume();
    let output = '';
    for await (const part of child.stdout!) {
      output += String(part);
      if (/API documentation: .*\n/.test(output)) child.kill('SIGTERM');
    }
    await rm(folder, { recursive: true });
    return output;
  };

  it('is not a token where it is set how tokens are signed', async () => {
    const output = await told({ NODE_ENV: 'development', JWT_SECRET: 'a secret of 32 bytes or more, for one test' });
    expect(output).toContain('/docs');
    expect(output).not.toMatch(/TOKEN|eyJ/);
    expect(await told({ NODE_ENV: 'development', JWKS_URL: 'http://127.0.0.1:9/keys', JWT_SECRET: '' })).not.toMatch(
      /eyJ/,
    );
    expect(await told({ NODE_ENV: 'development', JWT_SECRET: '' })).toMatch(/TOKEN=eyJ/);
  });
});
