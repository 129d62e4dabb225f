import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../src/clock/system-clock.js';
import { callHere, type Terms } from './cli-call.js';

let home: string;
let servers: Server[];
beforeEach(() => {
  [home, servers] = [mkdtempSync(join(tmpdir(), 'connection-')), []];
});
afterEach(async () => {
  await Promise.all(servers.map(stopped));
  rmSync(home, { recursive: true });
});

async function stopped(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Stands in for a service. */
async function serving(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  port = 0,
): Promise<{ server: Server; port: number; url: string }> {
  const server = createServer(answer);
  servers.push(server);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const { port: taken } = server.address() as AddressInfo;
  return { server, port: taken, url: `http://127.0.0.1:${taken}` };
}

const call = (args: string[], terms: Terms = {}) => callHere(args, { ...terms, env: { HOME: home, ...terms.env } });

describe('a token', () => {
  it('goes to the service that it is for', async () => {
    const seen: (string | undefined)[] = [];
    const { url } = await serving((request, response) => {
      seen.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json').end('{"items":[]}');
    });
    await call(['profile', 'set', 'b', '--url', url, '--token-file', '-'], { input: 'token-of-b' });
    const ofA = { TASK_RUNNER_URL: 'http://127.0.0.1:9', TASK_RUNNER_TOKEN: 'token-of-a' };
    expect(await call(['queues', '--profile', 'b'], { env: ofA })).toMatchObject({ code: 0 });
    expect(await call(['queues'], { env: { ...ofA, TASK_RUNNER_PROFILE: 'b' } })).toMatchObject({ code: 0 });
    const given = ['queues', '--profile', 'b', '--token-file', '-'];
    expect(await call(given, { env: ofA, input: 'token-of-the-call' })).toMatchObject({ code: 0 });
    expect(seen).toEqual(['Bearer token-of-b', 'Bearer token-of-b', 'Bearer token-of-the-call']);
  });
});

describe('an address', () => {
  it('has a path, and nothing behind it', async () => {
    const asked: string[] = [];
    const { url } = await serving((request, response) => {
      asked.push(request.url!);
      if (request.url!.endsWith('/log')) response.end('event: end\ndata: {"state":"succeeded"}\n\n');
      else response.setHeader('content-type', 'application/json').end('{"items":[],"missing":[]}');
    });
    const env = { TASK_RUNNER_URL: `${url}/runner/`, TASK_RUNNER_TOKEN: 't' };
    expect(await call(['run', 'logs', '-f', 'r'], { env })).toMatchObject({ code: 0 });
    await call(['doctor'], { env });
    expect(asked).toEqual(
      ['runs/r/log', 'health/ready', 'me', 'instances', 'attention'].map((path) =>
        path.startsWith('health') ? `/runner/${path}` : expect.stringMatching(`^/runner/v1/${path}`),
      ),
    );
    for (const wrong of ['/?', '/?x=1', '/#', '/#x']) {
      const refused = await call(['queues', '--url', url + wrong], { env: { TASK_RUNNER_TOKEN: 't' } });
      expect(refused).toEqual({ code: 2, out: '', err: 'The address of the service must end with its path.\n' });
    }
  });
});

describe('run logs -f', () => {
  const entry = (id: number) => {
    const data = { at: '2027-01-31T12:00:00.000Z', level: 'info', attempt: 1, message: `entry ${id}` };
    return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
  };
  /** A clock on which a pause is over as soon as this is done. */
  const pausing = (during: () => Promise<void>) => Object.assign(new SystemClock(), { sleep: during });
  const followed = (url: string, clock: SystemClock) =>
    call(['run', 'logs', '-f', 'r'], { env: { TASK_RUNNER_URL: url, TASK_RUNNER_TOKEN: 't' }, clock });

  it('goes on after a restart where it was', async () => {
    const first = await serving((_, response) => response.write(entry(7), () => response.destroy()));
    const after: (string | undefined)[] = [];
    let pauses = 0;
    const clock = pausing(async () => {
      pauses++;
      if (pauses === 1) await stopped(first.server);
      // In between, nobody is there.
      if (pauses !== 2) return;
      await serving((request, response) => {
        after.push(request.headers['last-event-id'] as string);
        response.end(`${entry(8)}event: end\ndata: {"state":"succeeded"}\n\n`);
      }, first.port);
    });
    const { code, out, err } = await followed(first.url, clock);
    expect([code, err, after]).toEqual([0, 'The run ended: succeeded.\n', ['7']]);
    expect(out.match(/entry \d/g)).toEqual(['entry 7', 'entry 8']);
  });

  it('ends when the service stays away, and at once when it was never there', async () => {
    const { server, url } = await serving((_, response) => response.write(entry(7), () => response.destroy()));
    let pauses = 0;
    const clock = pausing(async () => {
      if (++pauses === 1) await stopped(server);
    });
    const away = await followed(url, clock);
    expect([away.code, away.err]).toEqual([
      5,
      expect.stringMatching(/^The log breaks off again and again\. The service at \S+ does not answer: /),
    ]);
    pauses = 1;
    expect(await followed(url, clock)).toMatchObject({ code: 5, out: '' });
    expect(pauses).toBe(1);
  });
});
