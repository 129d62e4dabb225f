import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpTarget } from '../support/http-target.js';
import { ServiceProcess } from './service-process.js';

/** Then the keys are generated beside the store, before it is opened. */
const NO_SECRETS = { JWT_SECRET: '', ENCRYPTION_KEYS: '' };

/** How the service ends that is started with this store. */
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
      expect(lines[0]).toMatch(/^The directory .* for the database cannot be made \((ENOENT|ENOTDIR|EEXIST)\)\.$/);
    }
  });

  it('says in one sentence that it cannot make its keys beside the store, and ends with 1', async () => {
    for (const place of places()) {
      const { code, lines } = await ending(`file:${place}/tasks.db`, NO_SECRETS);
      expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringContaining(place)] });
      expect(lines[0]).toMatch(/^The key file .*jwt\.key cannot be (made|read) \((ENOENT|ENOTDIR)\)\.$/);
    }
  });

  it('says in one sentence that its port is taken before it takes up work, and ends with 1', async () => {
    const taken = await HttpTarget.start();
    const { code, lines } = await ending(`file:${folder}/port/tasks.db`, { PORT: String(taken.port) });
    expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringMatching(/^Port \d+ on 127\.0\.0\.1 is taken/)] });
    await taken.close();
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

  it('is no token where it is set how tokens are signed', async () => {
    const output = await told({ NODE_ENV: 'development', JWT_SECRET: 'a secret of 32 bytes or more, for one test' });
    expect(output).toContain('/docs');
    expect(output).not.toMatch(/TOKEN|eyJ/);
    expect(await told({ NODE_ENV: 'development', JWKS_URL: 'http://127.0.0.1:9/keys', JWT_SECRET: '' })).not.toMatch(
      /eyJ/,
    );
    expect(await told({ NODE_ENV: 'development', JWT_SECRET: '' })).toMatch(/TOKEN=eyJ/);
  });
});
