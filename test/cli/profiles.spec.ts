import { chmodSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callHere, type Terms } from './cli-call.js';

const TOKEN = 'token-of-a-profile';

let home: string;
const path = () => join(home, '.config/scheduled-task-runner/profiles.json');
const call = (args: string[], terms: Terms = {}) => callHere(args, { ...terms, env: { HOME: home, ...terms.env } });
const set = (name: string, url: string) =>
  call(['profile', 'set', name, '--url', url, '--token-file', '-'], { input: `${TOKEN}\n` });

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'profiles-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('profiles', () => {
  it('are kept where only their owner reads, and shown without tokens', async () => {
    expect(await set('one', 'http://127.0.0.1:9')).toMatchObject({ code: 0, out: '' });
    expect(await set('two', 'http://127.0.0.1:10/')).toMatchObject({ code: 0, out: '' });
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readFileSync(path(), 'utf8')).toContain(TOKEN);
    const listed = await call(['profile', 'list', '--output', 'json']);
    expect(JSON.parse(listed.out)).toEqual([
      { name: 'one', url: 'http://127.0.0.1:9', hasToken: true, isUsed: true },
      { name: 'two', url: 'http://127.0.0.1:10', hasToken: true, isUsed: false },
    ]);
    const shown = await call(['profile', 'list']);
    expect(shown.out).toContain('one      http://127.0.0.1:9   yes    yes');
    expect(listed.out + shown.out).not.toContain(TOKEN);
  });

  it('say which service is meant', async () => {
    await set('one', 'http://127.0.0.1:9');
    await set('two', 'http://127.0.0.1:10');
    const asked = async (args: string[] = [], env = {}) => (await call(['queues', ...args], { env })).err;
    expect(await asked()).toContain('http://127.0.0.1:9 ');
    expect(await asked(['--profile', 'two'])).toContain('http://127.0.0.1:10 ');
    expect(await asked([], { TASK_RUNNER_PROFILE: 'two' })).toContain('http://127.0.0.1:10 ');
    await call(['profile', 'use', 'two']);
    expect(await asked()).toContain('http://127.0.0.1:10 ');
    await call(['profile', 'remove', 'two']);
    expect(await asked()).toContain('Which service?');
    expect(await asked(['--profile', 'two'])).toBe('There is no profile "two".\n');
  });

  it('give their token to no other service', async () => {
    await set('one', 'http://127.0.0.1:9');
    const other = await call(['queues', '--url', 'http://127.0.0.1:11']);
    expect([other.code, other.err]).toEqual([
      2,
      'The token is missing: TASK_RUNNER_TOKEN, --token-file, or a profile.\n',
    ]);
    expect(await call(['queues', '--url', 'http://127.0.0.1:11', '--profile', 'one'])).toMatchObject({ code: 2 });
  });

  it('go through no file that somebody else made', async () => {
    await set('one', 'http://127.0.0.1:9');
    const theirs = join(home, 'theirs');
    writeFileSync(theirs, 'theirs', { mode: 0o666 });
    linkSync(theirs, `${path()}.new`);
    expect(await set('two', 'http://127.0.0.1:10')).toMatchObject({ code: 0 });
    expect(readFileSync(theirs, 'utf8')).toBe('theirs');
    expect(readdirSync(dirname(path())).toSorted()).toEqual(['profiles.json', 'profiles.json.new']);
  });

  it('can be replaced when there are as many as there may be', async () => {
    await set('one', 'http://127.0.0.1:9');
    const names = Array.from({ length: 100 }, (_, index) => `p${index}`);
    const profiles = Object.fromEntries(names.map((name) => [name, { url: 'http://127.0.0.1:9', token: 'former' }]));
    writeFileSync(path(), JSON.stringify({ current: null, profiles }));
    expect(await set('p7', 'http://127.0.0.1:9')).toMatchObject({ code: 0 });
    expect(readFileSync(path(), 'utf8')).toContain(TOKEN);
    expect(await set('another', 'http://127.0.0.1:9')).toMatchObject({
      code: 2,
      err: 'There are 100 profiles already.\n',
    });
  });

  it('are not read where others can read them, nor told in parts', async () => {
    await set('one', 'http://127.0.0.1:9');
    chmodSync(path(), 0o644);
    const refused = await call(['queues']);
    expect([refused.code, refused.err]).toEqual([
      2,
      `Others can read ${path()}, which holds tokens. Run: chmod 600 ${path()}\n`,
    ]);
  });
});
