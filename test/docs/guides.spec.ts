import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { describeOnEachStore } from '../e2e/each-store.js';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';
import { freePort } from '../support/free-port.js';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const textOf = (name: string): string => readFileSync(join(docs, name), 'utf8');
const blocksOf = (name: string, language: string): string[] =>
  [...textOf(name).matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, block]) => block!);

describeOnEachStore('the examples', (open) => {
  it.each([
    ['start.md', 3],
    ['how-to.md', 7],
  ])('of docs/%s run as they stand', async (page, count) => {
    const blocks = blocksOf(page, 'sh');
    expect(blocks).toHaveLength(count);
    const store = await open();
    const service = await ServiceProcess.start(store.url);
    try {
      const program = ['set -euo pipefail', ...blocks].join('\n');
      const env = { PATH: process.env['PATH'], URL: service.url, TOKEN: tokenFor('default') };
      const { stdout } = await promisify(execFile)('bash', ['-c', program], { env, timeout: 60_000 });
      expect(stdout).toMatch(page === 'start.md' ? /paused\n$/ : /heavy[^\n]*\n$/);
    } finally {
      await service.killHard();
      await store.drop();
    }
  });
});

it('the receiver of docs/how-to.md does the work of a run once, however often it is asked', async () => {
  const [, name, program] = /^\/\/ (\S+)\n(.*)$/s.exec(blocksOf('how-to.md', 'js')[0]!)!;
  const folder = mkdtempSync(join(tmpdir(), 'receiver-'));
  writeFileSync(join(folder, name!), program!);
  const port = await freePort();
  const child = spawn(process.execPath, [join(folder, name!)], { env: { PORT: String(port) } });
  const call = async (key: string): Promise<unknown> => {
    for (;;) {
      const headers = { 'idempotency-key': key };
      const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers }).catch(() => null);
      if (answer) return answer.json();
    }
  };
  try {
    expect([await call('a'), await call('a'), await call('b')]).toEqual([{ number: 1 }, { number: 1 }, { number: 2 }]);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(folder, { recursive: true });
  }
});

describe('the figures', () => {
  const results = readFileSync(join(docs, '../bench/RESULTS.md'), 'utf8');
  /** The cells of a contender under a heading of the results. */
  const cellsOf = (heading: string, contender: string): string[] => {
    const part = results.slice(results.indexOf(`\n## ${heading}`)).split('\n## ')[1]!;
    const row = part.split('\n').find((line) => line.startsWith(`| ${contender} `))!;
    return row.split('|').map((cell) => cell.trim());
  };
  const figures = [
    ['scaling.md', 'Start lateness, 1,000 occurrences of one instant', 'runner-sqlite', 3],
    ['scaling.md', 'Start lateness, 5,000 occurrences of one instant', 'runner-sqlite', 3],
    ['scaling.md', 'Start lateness, 5,000 occurrences of one instant', 'runner-mongodb', 3],
    ['scaling.md', '200 tasks due each second', 'runner-sqlite', 3],
    ['scaling.md', 'A backlog worked off by 1 process', 'runner-sqlite', 2],
    ['scaling.md', 'A backlog worked off by 1 process', 'runner-mongodb', 2],
    ['scaling.md', 'Tasks stored by REST', 'runner-mongodb', 2],
    ['comparison.md', 'Start lateness, 1,000 occurrences of one instant', 'bullmq', 3],
    ['comparison.md', 'Start lateness, 1,000 occurrences of one instant', 'agenda', 3],
    ['comparison.md', 'Start lateness, a single occurrence while idle', 'bullmq', 2],
    ['comparison.md', 'From asking for a run to its start while idle', 'bullmq', 2],
    ['comparison.md', 'A backlog worked off by 1 process', 'bullmq', 2],
  ] as const;

  it.each(figures)('of docs/%s for %s (%s) are those of bench/RESULTS.md', (page, heading, contender, column) => {
    expect(textOf(page)).toContain(cellsOf(heading, contender)[column]);
  });
});

it('each diagram of the documents has its picture for the guide', async () => {
  const { pictureOf } = (await import(pathToFileURL(join(docs, '../site/diagrams.mjs')).href)) as {
    pictureOf: (diagram: string) => string;
  };
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));
  const pictures = pages.flatMap((page) => blocksOf(page, 'mermaid').map(pictureOf));
  expect(pictures.length).toBeGreaterThan(0);
  expect(readdirSync(join(docs, '../site/public/pictures')).toSorted()).toEqual(pictures.toSorted());
});

/** The anchor of a heading, as GitHub and the site make it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

it('no link within the documents leads nowhere', () => {
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));
  const broken = pages.flatMap((page) =>
    [
      ...textOf(page)
        .replaceAll(/```.*?```/gs, '')
        .matchAll(/\]\(([^)\s]+)\)/g),
    ].flatMap(([, target]) => {
      if (/^[a-z]+:/.test(target!)) return [];
      const [path, anchor] = target!.split('#') as [string, string?];
      const file = join(docs, path === '' ? page : path);
      if (!existsSync(file)) return [`${page}: ${target}`];
      if (anchor === undefined) return [];
      const headings = readFileSync(file, 'utf8').match(/^#+ .*$/gm) ?? [];
      return headings.some((heading) => anchorOf(heading.replace(/^#+ /, '')) === anchor) ? [] : [`${page}: ${target}`];
    }),
  );
  expect(broken).toEqual([]);
});
