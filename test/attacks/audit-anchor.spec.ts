import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { AuditAnchor } from '../../src/audit/anchor/audit-anchor.js';
import type { AuditSettings } from '../../src/settings/settings.js';
import { RestWorld, type Answer } from '../rest/rest-world.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const EVERY_MS = 60_000;
const encryptionKeys = `a:${randomBytes(32).toString('base64')}`;

/** A head as it is kept. */
interface Written {
  organization: string;
  sequence: number;
  hash: string;
}
/** Every member of what a proof says that the tests look at. */
interface Proof {
  valid: boolean;
  firstInvalid?: { sequence: number; reason: string };
  head: { sequence: number; hash: string };
  anchors: { source: string; heads: number; ignored: number; fault?: string }[];
}

let folder: string;
let world: RestWorld;
let anchorFile: string;
const boot = async (audit: Partial<AuditSettings>) => {
  world = await RestWorld.start(
    {},
    {},
    {},
    { storeUrl: `file:${storeFile()}`, encryptionKeys, audit: { anchorEveryMs: EVERY_MS, ...audit } },
  );
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anchor-'));
  anchorFile = join(folder, 'anchor.ndjson');
});
afterEach(async () => {
  await world.stop();
  await rm(folder, { recursive: true });
});

const verify = async (query = ''): Promise<Proof> => proofOf(await world.ask(`GET /v1/audit/verify${query}`));
const proofOf = ({ status, text }: Answer): Proof => {
  expect(status).toBe(200);
  return JSON.parse(text) as Proof;
};
const lines = async () =>
  (await readFile(anchorFile, 'utf8')).split('\n').flatMap((line) => (line ? [JSON.parse(line) as Written] : []));
/** Waits until every place has what there is. */
const anchored = async () => {
  const { feeds } = world.app.get(AuditAnchor, { strict: false });
  const before = feeds.map(({ keptAt }) => keptAt);
  await world.clock.advance(EVERY_MS);
  while (feeds.some(({ keptAt }, index) => keptAt === before[index])) await world.clock.advance(10);
};
/** Stops the service; the places have all the time that they need, which the clock does not tell. */
const stop = async () => {
  await world.app.get(AuditAnchor, { strict: false }).stop();
  await world.stop();
  await storeClosed();
};
/**
 * Waits until the store is one file and nobody has it open. The driver closes a file when the last of its statements
 * is collected as garbage, and whoever closes it last takes its log away.
 */
const storeClosed = async () => {
  do {
    collectGarbage();
    await setImmediate();
    const last = new Database(storeFile());
    last.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    last.close();
  } while (existsSync(`${storeFile()}-wal`));
};
const storeFile = () => join(folder, 'tasks.db');
const copyOfStore = () => join(folder, 'copy.db');
const takeCopy = () => cp(storeFile(), copyOfStore());
const removeStore = () => rm(storeFile());
const putBack = () => cp(copyOfStore(), storeFile());

/** A service that keeps heads; `answer` may keep it from answering. */
async function keeper(
  answer?: (response: ServerResponse) => void,
): Promise<{ url: string; heads: Written[]; server: Server }> {
  const heads: Written[] = [];
  const server = createServer((request, response) => {
    if (answer) return answer(response);
    const asked = new URL(request.url!, 'http://localhost').searchParams.get('organization');
    if (request.method === 'GET')
      return response.end(JSON.stringify({ heads: heads.filter(({ organization }) => organization === asked) }));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heads.push(...(JSON.parse(Buffer.concat(chunks).toString()) as { heads: Written[] }).heads);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/heads`, heads, server };
}

/** What somebody does who can replace the files of the store, while nothing of it runs. */
const ATTACKS: [what: string, attack: () => Promise<void>][] = [
  ['an older state of the whole store is put back', putBack],
  ['the whole store is gone', removeStore],
];

describe.each(ATTACKS)('where %s', (_, attack) => {
  /** A trail of five entries, attacked after the second; `audit` says where its heads are kept. */
  const attacked = async (audit: Partial<AuditSettings>): Promise<Proof> => {
    await boot(audit);
    for (let made = 0; made < 2; made++) await world.task();
    await stop();
    await takeCopy();
    await boot(audit);
    for (let made = 0; made < 3; made++) await world.task();
    const proof = await verify();
    expect(proof).toMatchObject({ valid: true, head: { sequence: 5 } });
    await stop();
    await attack();
    await boot(audit);
    return proof;
  };

  it('nothing in the store tells it', async () => {
    await attacked({});
    const proof = await verify();
    expect([proof.valid, proof.anchors]).toEqual([true, undefined]);
  });

  it('the file of heads does, for good', async () => {
    await attacked({ anchorFile });
    expect(await verify()).toMatchObject({ valid: false, firstInvalid: { reason: expect.stringContaining('(file)') } });
    for (let made = 0; made < 6; made++) await world.task();
    await anchored();
    expect(await verify()).toMatchObject({ valid: false, anchors: [{ source: 'file', ignored: 0 }] });
  });

  it('the service that keeps heads does', async () => {
    const { url: anchorUrl, server } = await keeper();
    await attacked({ anchorUrl });
    expect(await verify()).toMatchObject({ valid: false, firstInvalid: { reason: expect.stringContaining('(url)') } });
    await stop();
    await boot({});
    server.closeAllConnections();
    server.close();
  });

  it('a head that somebody has kept does', async () => {
    const { head } = await attacked({});
    const query = `?sequence=${head.sequence}&hash=${head.hash}`;
    const found = await verify(query);
    expect(found).toMatchObject({
      valid: false,
      firstInvalid: { reason: expect.stringContaining('the head in the request') },
    });
    for (let made = 0; made < 6; made++) await world.task();
    expect(await verify(query)).toMatchObject({ valid: false, anchors: [{ source: 'request' }] });
  });
});

describe('the file of heads', () => {
  it('is for its owner alone, and gets what is new at a start, time and again, and at a stop', async () => {
    await boot({ anchorFile });
    await world.task();
    await world.task({}, 'umbrella');
    await anchored();
    const names = (written: Written[]) =>
      written.map(({ organization, sequence }) => `${organization} ${sequence}`).sort();
    expect(names(await lines())).toEqual(['acme 1', 'umbrella 1']);
    await anchored();
    expect(await lines()).toHaveLength(2);
    await world.task();
    await stop();
    expect(names(await lines())).toEqual(['acme 1', 'acme 2', 'umbrella 1']);
    await boot({ anchorFile });
    await anchored();
    expect((await stat(anchorFile)).mode & 0o777).toBe(0o600);
    expect(await verify()).toMatchObject({ valid: true, anchors: [{ source: 'file', ignored: 0 }] });
  });

  it('goes on behind a torn line, and what is forged in it counts for nothing', async () => {
    await boot({ anchorFile });
    await world.task();
    await anchored();
    const [head] = await lines();
    const forged = { ...head, sequence: 99 };
    await appendFile(anchorFile, `${JSON.stringify(forged)}\n{"organization":"acme","sequ`);
    await world.task();
    await anchored();
    expect(await verify()).toMatchObject({ valid: true, anchors: [{ source: 'file', heads: 4, ignored: 2 }] });
  });

  it('tells where it cannot be read', async () => {
    await boot({ anchorFile });
    await world.task();
    await anchored();
    await rm(anchorFile);
    expect(await verify()).toMatchObject({
      valid: true,
      anchors: [{ source: 'file', fault: expect.stringContaining('ENOENT') }],
    });
  });
});

describe('a service that keeps no heads', () => {
  const services: [what: string, open: () => Promise<{ url: string; server?: Server }>][] = [
    ['is not there', () => Promise.resolve({ url: 'http://127.0.0.1:9/heads' })],
    ['never answers', () => keeper(() => undefined)],
    ['refuses', () => keeper((response) => response.writeHead(503).end())],
    ['answers nonsense', () => keeper((response) => response.end('[1'))],
    [
      'answers without an end',
      () =>
        keeper((response) => {
          const writing = setInterval(() => response.write('x'.repeat(9000)), 1);
          response.on('close', () => clearInterval(writing));
        }),
    ],
  ];

  it.each(services)('holds up nothing where it %s', async (_, open) => {
    const { url: anchorUrl, server } = await open();
    await boot({ anchorUrl, anchorFile });
    const task = await world.task();
    expect((await world.ask(`PATCH /v1/tasks/${task.id}`, { body: { priority: 1 } })).status).toBe(200);
    expect(proofOf(await world.driven(world.ask('GET /v1/audit/verify')))).toMatchObject({
      valid: true,
      anchors: [{ source: 'file' }, { source: 'url', fault: expect.any(String) }],
    });
    await world.app.get(AuditAnchor, { strict: false }).feeds[0]!.stop();
    await world.stop();
    expect((await lines()).at(-1)).toMatchObject({ organization: 'acme', sequence: 2 });
    server?.closeAllConnections();
    server?.close();
    await boot({});
  });

  it('is tried again, and told of in the metrics', async () => {
    const { url: anchorUrl, server, heads } = await keeper((response) => response.writeHead(broken ? 500 : 200).end());
    let broken = true;
    await boot({ anchorUrl });
    const [feed] = world.app.get(AuditAnchor, { strict: false }).feeds;
    await world.task();
    while (feed!.failures < 2) await world.clock.advance(5000);
    expect((await world.ask('GET /metrics')).text).toMatch(
      /task_runner_audit_anchor_failures_total\{target="url"\} [2-9]/,
    );
    broken = false;
    while (feed!.keptAt === null) await world.clock.advance(5000);
    expect((await world.ask('GET /metrics')).text).toContain(
      'task_runner_audit_anchored_timestamp_seconds{target="url"}',
    );
    expect(heads).toEqual([]);
    await world.stop();
    await boot({});
    server.closeAllConnections();
    server.close();
  });
});

it.each(['?sequence=1', `?hash=${'a'.repeat(64)}`, `?sequence=0x1&hash=${'a'.repeat(64)}`, '?sequence=1&hash=A'])(
  'refuses the head %s',
  async (query) => {
    await boot({});
    const answer = await world.ask(`GET /v1/audit/verify${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.parameter).toMatch(/^(sequence|hash)$/);
  },
);
