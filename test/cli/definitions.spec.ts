import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';
import { callHere, type Terms } from './cli-call.js';

interface Item {
  id: string;
  name: string;
  tags: string[];
  version: string;
  secretNames: string[];
}
interface Outline {
  act: string;
  key: string;
  id: string;
  changes: { pointer: string; before?: unknown; after?: unknown }[];
}

const FILE = `
set: shop
tasks:
  nightly:
    name: nightly report
    triggers:
      - { type: cron, expression: 0 3 * * *, timeZone: Europe/Berlin }
      - { type: interval, everyMs: 600000 }
    action: { type: http, method: POST, url: 'https://shop.example/report', headers: { authorization: 'Bearer {{secrets.token}}' } }
    secrets: { token: { env: SHOP_TOKEN } }
    tags: [reports]
  by-hand:
    name: by hand
    triggers: [{ type: manual }]
    action: { type: noop }
`;
const SHOP_TOKEN = 'words that nobody may read';

describeOnEachStore('definitions of tasks in files', (open) => {
  let store: TemporaryStore;
  let service: ServiceProcess;
  let folder: string;

  const file = (text: string, name = 'tasks.yaml'): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const call = (args: string[], terms: Terms = {}) =>
    callHere(args, {
      ...terms,
      env: { TASK_RUNNER_URL: service.url, TASK_RUNNER_TOKEN: tokenFor('default'), SHOP_TOKEN, ...terms.env },
    });
  const tasks = () => service.all<Item>('/v1/tasks');
  const diff = async (path: string, ...more: string[]) => {
    const { code, out } = await call(['task', 'diff', path, '--output', 'json', ...more]);
    return { code, changed: (JSON.parse(out) as Outline[]).filter(({ act }) => act !== 'same' && act !== 'kept') };
  };
  const apply = (path: string, ...more: string[]) => call(['task', 'apply', path, '--yes', ...more]);

  beforeAll(async () => {
    store = await open();
    service = await ServiceProcess.start(store.url);
    folder = mkdtempSync(join(tmpdir(), 'definitions-'));
  });
  afterAll(async () => {
    await service.killHard();
    await store.drop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    for (const { id } of await tasks()) await service.call('DELETE', `/v1/tasks/${id}`);
  });

  it('are shown as a plan, applied when somebody agrees, and then the same', async () => {
    const path = file(FILE);
    const plan = await call(['task', 'apply', path]);
    expect([plan.code, plan.err]).toEqual([3, 'Nothing was changed. --yes changes it without a question.\n']);
    expect(plan.out).toContain('+ create shop/nightly (nightly report)');
    expect(plan.out).toContain('2 to create, 0 to change, 0 to delete, 0 the same.');
    expect(await call(['task', 'apply', path, '--dry-run'])).toEqual({ code: 0, out: plan.out, err: '' });
    const declined = await call(['task', 'apply', path], { isTerminal: true, input: 'n\n' });
    expect(declined.code).toBe(3);
    expect(await tasks()).toEqual([]);

    const agreed = await call(['task', 'apply', path], { isTerminal: true, input: 'yes\n' });
    expect([agreed.code, agreed.out.includes('2 tasks changed.')]).toEqual([0, true]);
    const made = await tasks();
    expect(made.map(({ name, tags, secretNames }) => ({ name, tags, secretNames }))).toEqual([
      { name: 'by hand', tags: ['applied:shop', 'applied:shop:by-hand'], secretNames: [] },
      { name: 'nightly report', tags: ['reports', 'applied:shop', 'applied:shop:nightly'], secretNames: ['token'] },
    ]);
    expect(await diff(path)).toEqual({ code: 0, changed: [] });
    expect((await apply(path)).out).toBe('0 to create, 0 to change, 0 to delete, 2 the same.\n');
    expect((await tasks()).map(({ version }) => version)).toEqual(made.map(({ version }) => version));
  });

  it('change what differs alone, and say it before', async () => {
    await apply(file(FILE));
    const path = file(FILE.replace('0 3 * * *', '0 4 * * *').replace('tags: [reports]', 'priority: 7'));
    const { code, changed } = await diff(path);
    expect([code, changed.map(({ act, key }) => [act, key])]).toEqual([1, [['change', 'nightly']]]);
    expect(changed[0]!.changes.map(({ pointer }) => pointer).toSorted()).toEqual(['/priority', '/tags', '/triggers']);
    const shown = await call(['task', 'diff', path]);
    expect([shown.code, shown.out.includes('    /priority: 5 → 7')]).toEqual([1, true]);
    expect(await apply(path)).toMatchObject({ code: 0, err: '' });
    expect(await diff(path)).toEqual({ code: 0, changed: [] });
  });

  it('are found by their key, whatever their name becomes, and delete only what they own and only when asked', async () => {
    await service.call('POST', '/v1/tasks', {
      name: 'foreign',
      triggers: [{ type: 'manual' }],
      action: { type: 'noop' },
    });
    await apply(file(FILE));
    const ids = new Map((await tasks()).map(({ name, id }) => [name, id]));
    const path = file(FILE.slice(0, FILE.indexOf('  by-hand:')).replace('nightly report', 'the report of the night'));
    const kept = await apply(path);
    expect(kept.out).toContain('? not in the files shop/by-hand (by hand)');
    expect((await tasks()).map(({ name }) => name).toSorted()).toEqual([
      'by hand',
      'foreign',
      'the report of the night',
    ]);
    expect((await diff(path, '--prune')).changed.map(({ act, key }) => [act, key])).toEqual([['prune', 'by-hand']]);
    expect((await apply(path, '--prune')).code).toBe(0);
    const left = await tasks();
    expect(left.map(({ name }) => name).toSorted()).toEqual(['foreign', 'the report of the night']);
    expect(left.find(({ name }) => name !== 'foreign')!.id).toBe(ids.get('nightly report'));
  });

  it('come back from an export, of which apply changes nothing', async () => {
    await apply(file(FILE));
    const owned = await call(['task', 'export', '--set', 'shop', '--owned']);
    expect([owned.code, owned.err]).toEqual([0, '']);
    // The name of the variable is made up: what it holds, only its owner knows.
    expect(parse(owned.out)).toEqual(parse(FILE.replace('SHOP_TOKEN', 'NIGHTLY_TOKEN')));
    expect(await diff(file(owned.out))).toEqual({ code: 0, changed: [] });

    const foreign = {
      name: 'Über\u009b31m\u202e',
      triggers: [{ type: 'interval', everyMs: 5000 }],
      action: { type: 'noop' },
      retry: { maxAttempts: 9 },
    };
    const { body } = await service.call<Item>('POST', '/v1/tasks', foreign);
    const all = await call(['task', 'export', '--set', 'shop']);
    expect(all.out).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e]/u);
    const exported = (parse(all.out) as { tasks: Record<string, { id?: string; name: string }> }).tasks;
    expect(exported['u-ber-31m']).toMatchObject({ id: body.id, name: foreign.name });
    const path = file(all.out);
    expect((await diff(path)).changed).toMatchObject([{ act: 'adopt', id: body.id, changes: [{ pointer: '/tags' }] }]);
    expect((await apply(path)).code).toBe(0);
    expect(await diff(path)).toEqual({ code: 0, changed: [] });
    expect(await tasks()).toHaveLength(3);
    const asJson = await call(['task', 'export', '--set', 'shop', '--output', 'json']);
    expect(await diff(file(asJson.out, 'tasks.json'))).toEqual({ code: 0, changed: [] });
  });

  it('have each task of an export, of several with one key, too', async () => {
    const of = async (name: string, ...tags: string[]) =>
      (
        await service.call<Item>('POST', '/v1/tasks', {
          ...{ name, tags, triggers: [{ type: 'manual' }], action: { type: 'noop' } },
        })
      ).body.id;
    const first = await of('first', 'applied:shop', 'applied:shop:copied');
    const second = await of('second', 'applied:shop', 'applied:shop:copied');
    const third = await of('third', 'applied:shop');
    // Its name would be the key that a later one has.
    const fourth = await of('kept');
    const fifth = await of('fifth', 'applied:shop', 'applied:shop:kept');
    const exported = await call(['task', 'export', '--set', 'shop']);
    const { tasks: found } = parse(exported.out) as { tasks: Record<string, { id?: string; name: string }> };
    expect(Object.fromEntries(Object.entries(found).map(([key, { id, name }]) => [key, [name, id]]))).toEqual({
      copied: ['first', undefined],
      second: ['second', second],
      third: ['third', third],
      'kept-2': ['kept', fourth],
      kept: ['fifth', undefined],
    });
    const path = file(exported.out);
    expect((await apply(path, '--prune')).code).toBe(0);
    expect((await tasks()).map(({ id }) => id).toSorted()).toEqual([first, second, third, fourth, fifth].toSorted());
    expect(await diff(path, '--prune')).toEqual({ code: 0, changed: [] });
  });

  it('leave a task alone that another set has, too', async () => {
    await apply(file(FILE));
    const { id } = (await tasks()).find(({ name }) => name === 'by hand')!;
    const tags = ['applied:shop', 'applied:shop:by-hand', 'applied:office', 'applied:office:by-hand'];
    await service.call('PATCH', `/v1/tasks/${id}`, { tags });
    const path = file(FILE.slice(0, FILE.indexOf('  by-hand:')));
    const pruned = await apply(path, '--prune');
    expect([pruned.code, pruned.out]).toEqual([
      0,
      expect.stringContaining(' 1 task in no file is of another set, too.'),
    ]);
    expect((await tasks()).map(({ name }) => name)).toContain('by hand');
  });

  it('say how many more faults there are', async () => {
    const faulty = Array.from({ length: 25 }, (_, index) => `  k${index}: { name: 1 }`);
    const { err } = await apply(file(`tasks:\n${faulty.join('\n')}\n`));
    const lines = err.trimEnd().split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([21, expect.stringMatching(/^and \d+ more$/)]);
  });

  it('hold no secrets, and send them anew only when asked', async () => {
    const path = file(FILE);
    const without = await callHere(['task', 'apply', path, '--yes'], {
      env: { TASK_RUNNER_URL: service.url, TASK_RUNNER_TOKEN: tokenFor('default') },
    });
    expect([without.code, without.err]).toEqual([
      2,
      `${path}: nightly: the secret token is missing: the variable SHOP_TOKEN has none.\n`,
    ]);
    expect(await tasks()).toEqual([]);
    const applied = await apply(path);
    expect(applied.out + applied.err).not.toContain(SHOP_TOKEN);
    expect((await diff(path, '--secrets')).changed).toMatchObject([{ changes: [{ pointer: '/secrets/token' }] }]);
    expect((await apply(path, '--secrets')).code).toBe(0);
    const bare = file(FILE.replace(/ {4}secrets.*\n/, '').replace(/, headers: .*}}' }/, ''));
    expect((await diff(bare)).changed[0]!.changes.map(({ pointer }) => pointer)).toContain('/secrets/token');
    expect((await apply(bare)).code).toBe(0);
    expect((await tasks()).find(({ name }) => name === 'nightly report')!.secretNames).toEqual([]);
  });

  it('tell of a task that somebody else changed meanwhile, and change the others', async () => {
    await apply(file(FILE));
    const { id } = (await tasks()).find(({ name }) => name === 'by hand')!;
    const path = file(FILE.replace('name: by hand', 'name: by hand, later').replace('nightly report', 'another name'));
    const answering = async () => {
      await service.call('PATCH', `/v1/tasks/${id}`, { priority: 1 });
      return 'y\n';
    };
    const applied = await call(['task', 'apply', path], { isTerminal: true, answering });
    expect(applied.code).toBe(3);
    expect(applied.out).toContain('shop/by-hand was refused: ');
    expect(applied.out).toContain('1 task changed.');
    expect((await tasks()).map(({ name }) => name)).toEqual(['by hand', 'another name']);
  });

  it('with faults change nothing, and say where each is', async () => {
    const path = file(FILE.replace('0 3 * * *', '0 25 * * *').replace('type: noop', 'type: nope'));
    const faulty = await apply(path);
    expect([faulty.code, faulty.out]).toEqual([1, '']);
    expect(faulty.err).toContain(`${path}: /tasks/by-hand/action`);
    const cron = file(FILE.replace('0 3 * * *', '0 25 * * *'), 'cron.yaml');
    expect(await apply(cron)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${cron}: nightly: /triggers/0`) as unknown as string,
    });
    expect(await call(['task', 'diff', path])).toMatchObject({ code: 2, out: '' });
    expect(await call(['task', 'diff', join(folder, 'none.yaml')])).toMatchObject({ code: 2, out: '' });
    const unread = await apply(file('tasks: [\n'));
    expect([unread.code, unread.out]).toEqual([1, '']);
    const twice = file(`${FILE}---\n${FILE}`);
    expect((await apply(twice)).err).toContain('the key nightly of the set shop is in');
    expect(await tasks()).toEqual([]);
  });
});

describe('the JSON Schema of files with definitions', () => {
  it('is printed, and is the file of the package', async () => {
    const printed = await callHere(['task', 'schema']);
    const file = JSON.parse(readFileSync(new URL('../../dist/tasks.schema.json', import.meta.url), 'utf8')) as object;
    expect(JSON.parse(printed.out)).toEqual(file);
    expect(file).toMatchObject({
      type: 'object',
      properties: { set: { default: 'default' }, tasks: { type: 'object' } },
    });
  });
});
