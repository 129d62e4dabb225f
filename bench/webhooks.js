/**
 * Measures how long it takes from a signed webhook to the start of its run: of requests one after the other, and of 20 at
 * a time. `node bench/webhooks.js [requests]`, with `STORE_URL` for another store than an SQLite file. Needs a build.
 */
import { spawn } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { told } from './statistics.js';

const REQUESTS = Number(process.argv[2] ?? 200);
const AT_ONCE = 20;
const folder = mkdtempSync(join(tmpdir(), 'webhooks-'));
const storeUrl = process.env.STORE_URL ?? `file:${join(folder, 'tasks.db')}`;
const secret = randomBytes(32).toString('hex');

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = {
  sub: 'bench',
  org: `bench-${randomUUID()}`,
  roles: ['admin'],
  exp: Math.floor(Date.now() / 1000) + 3600,
};
const content = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
const token = `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;

const service = spawn(process.execPath, [new URL('../dist/main.js', import.meta.url).pathname], {
  env: {
    ...{ PATH: process.env.PATH, STORE_URL: storeUrl, PORT: '0', JWT_SECRET: secret, LOG_LEVEL: 'error' },
    ...{ RATE_LIMIT_PER_MINUTE: '1000000', ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}` },
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});

async function listening() {
  for await (const line of createInterface({ input: service.stdout })) {
    const url = /listens on (http\S+)/.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error('The service ended before it listened.');
}

const url = await listening();
service.stdout.resume();

async function ask(method, path, body) {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return answer.json();
}

/** Sends a signed request; resolves to when it was sent and when it was answered. */
async function send({ id, secret: text }, number) {
  const body = JSON.stringify({ type: 'measured', number });
  const time = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(text.slice('whsec_'.length), 'base64');
  const name = randomUUID();
  const signature = createHmac('sha256', key).update(`${name}.${time}.${body}`).digest('base64');
  const headers = { 'webhook-id': name, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
  const sentAt = performance.timeOrigin + performance.now();
  const answer = await fetch(`${url}/v1/hooks/${id}`, { method: 'POST', headers, body });
  if (answer.status !== 202) throw new Error(await answer.text());
  await answer.json();
  return { sentAt, answeredAt: performance.timeOrigin + performance.now() };
}

async function runsOf(taskId) {
  const runs = [];
  for (let cursor = ''; cursor !== null;) {
    const page = await ask('GET', `/v1/runs?taskId=${taskId}&limit=200${cursor && `&cursor=${cursor}`}`);
    runs.push(...page.items);
    cursor = page.nextCursor;
  }
  return runs;
}

async function measure(what, atOnce) {
  const event = `measured-${randomUUID()}`;
  const triggers = [{ type: 'event', event }];
  const task = await ask('POST', '/v1/tasks', { name: what, overlap: 'allow', triggers, action: { type: 'noop' } });
  const source = await ask('POST', '/v1/webhook-sources', { name: what, event });
  const sent = [];
  for (let number = 0; number < REQUESTS; number += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, REQUESTS - number) }, (_, index) =>
      send(source, number + index),
    );
    sent.push(...(await Promise.all(batch)));
    // The next one finds the engine as idle as this one did.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  let runs = [];
  while (runs.length < REQUESTS || runs.some(({ startedAt }) => startedAt === null)) runs = await runsOf(task.id);
  const starts = runs.map(({ startedAt }) => Date.parse(startedAt)).sort((a, b) => a - b);
  const sends = sent.map(({ sentAt }) => sentAt).sort((a, b) => a - b);
  told(
    `${what}, from sent to answered`,
    sent.map(({ sentAt, answeredAt }) => answeredAt - sentAt),
  );
  told(
    `${what}, from sent to started`,
    starts.map((start, index) => start - sends[index]),
  );
}

try {
  console.log(`Store: ${storeUrl.split(':')[0]}`);
  await measure('warming up', 1);
  await measure('one after the other', 1);
  await measure(`${AT_ONCE} at a time`, AT_ONCE);
} finally {
  service.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
