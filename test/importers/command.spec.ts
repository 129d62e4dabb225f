import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importCommand } from '../../src/importers/command/import-command.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command: its exit code, and what it writes. */
async function run(args: string[], env: Record<string, string> = {}) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const written = Promise.all([text(out), text(err)]);
  const code = await importCommand(args, { env, out, err });
  out.end();
  err.end();
  const [said, complained] = await written;
  return { code, said, complained };
}

async function file(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

describe('the command', () => {
  it('says what becomes of each entry, and exits with 0 when all is carried over', async () => {
    const path = await file('good', 'CRON_TZ=Europe/Berlin\n# Nightly\n30 2 * * * backup\n');
    const { code, said, complained } = await run(['crontab', path, '--dry-run']);
    expect([code, complained]).toEqual([0, '']);
    expect(said).toMatch(/line 3 +30 2 \* \* \* +Nightly +\d{4}-\S+Z +new/);
    expect(said).toContain('1 task (1 new), 0 left out. Nothing was stored.');
  });

  it('exits with 3 when something is left out, and shows no secret to anybody', async () => {
    const path = await file('half', 'DB_PASSWORD=hunter2\n0 1 * * * x\n@reboot y\n');
    const json = await run(['crontab', path, '--dry-run', '--output', 'json']);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.said)).toMatchObject({
      source: 'crontab',
      dryRun: true,
      tasks: [{ where: 'line 2', outcome: { state: 'new' }, secretNames: ['DB_PASSWORD'] }],
      leftOut: [{ where: 'line 3', entry: '@reboot y' }],
    });
    const table = await run(['crontab', path, '--dry-run']);
    expect(json.said + table.said).not.toContain('hunter2');
  });

  it('imports into a store, and again without a change', async () => {
    const path = await file('stored', '0 1 * * * x\n0 2 * * * y\n');
    const store = ['--store', `file:${join(folder, 'store/tasks.db')}`];
    expect((await run(['crontab', path, ...store])).said).toContain('2 tasks (2 created)');
    expect((await run(['crontab', path, ...store])).said).toContain('2 tasks (2 unchanged)');
    expect((await run(['crontab', path, ...store, '--scope', 'other', '--dry-run'])).said).toContain('2 tasks (2 new)');
  });

  it('sends no control characters of a source to a terminal', async () => {
    const path = await file('odd', '0 1 * * * echo \u001b[31mred\u0007\n');
    // eslint-disable-next-line no-control-regex
    expect((await run(['crontab', path, '--dry-run'])).said).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it.each([
    [[], 'Where to import into is missing'],
    [['crontab', 'x'], 'Where to import into is missing'],
    [['crontab', '--dry-run'], 'The file to read is missing'],
    [['anacron', 'x', '--dry-run'], 'The source must be one of crontab, kubernetes, bullmq, agenda, nest'],
    [['constructor', '--dry-run'], 'The source must be one of'],
    [['crontab', 'x', '--url', 'http://x', '--store', 'file:y'], 'not both'],
    [['crontab', 'x', '--url', 'http://127.0.0.1:1'], 'A token or an API key is missing'],
    [['crontab', 'x', '--dry-run', '--output', 'xml'], 'must be table or json'],
    [['crontab', 'x', '--dry-run', '--fast'], '--fast'],
    [['bullmq', '--dry-run'], 'The Redis server is missing'],
    [['nest', '--dry-run'], 'The folder to read is missing'],
  ])('%j is wrong', async (args, sentence) => {
    const given = args.map((each) => (each === 'x' ? join(folder, 'x') : each));
    await file('x', '0 1 * * * x\n');
    const { code, complained } = await run(given);
    expect([code, complained]).toEqual([2, expect.stringContaining(sentence)]);
    expect(complained).toContain('scheduled-task-runner import crontab FILE');
  });

  it.each([
    [['crontab', '/no/such/file', '--dry-run'], 'ENOENT'],
    [['bullmq', '--redis', 'redis://127.0.0.1:1', '--dry-run'], 'ECONNREFUSED'],
    [['agenda', 'broken', '--dry-run'], 'JSON'],
  ])('%j fails', async (args, sentence) => {
    await file('broken', '[{');
    const { code, complained } = await run(args.map((each) => (each === 'broken' ? join(folder, each) : each)));
    expect([code, complained]).toEqual([1, expect.stringContaining('The import failed: ')]);
    expect(complained).toContain(sentence);
  });

  it('refuses a file that is larger than a source may be', async () => {
    const path = await file('huge', '#'.repeat(17 * 1024 * 1024));
    const { code, complained } = await run(['crontab', path, '--dry-run']);
    expect([code, complained]).toEqual([1, expect.stringContaining('more than 16 MB')]);
  });

  it('tells how it is called', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, said: expect.stringContaining('--dry-run') });
  });
});
