import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { RunsService } from '../../src/scheduling/runs/runs.service.js';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
let origin: string;
beforeAll(async () => {
  world = await RestWorld.start();
  await world.app.listen(0, '127.0.0.1');
  origin = `http://127.0.0.1:${(world.app.getHttpServer().address() as AddressInfo).port}`;
});
afterAll(() => world.stop());

/** A followed log: what has arrived so far, and a way to wait for more. */
class Follower {
  text = '';
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly decoder = new TextDecoder();

  constructor(
    readonly response: Response,
    private readonly abort: AbortController,
  ) {
    this.reader = response.body!.getReader();
  }

  /** Reads until the text holds `part`, or to the end if no part is given. */
  async until(part?: string): Promise<string> {
    while (part === undefined || !this.text.includes(part)) {
      const { done, value } = await world.driven(this.reader.read(), 1);
      if (done) return this.text;
      this.text += this.decoder.decode(value, { stream: true });
    }
    return this.text;
  }

  hangUp(): void {
    this.abort.abort();
  }
}

async function follow(runId: string, headers: Record<string, string> = {}): Promise<Follower> {
  const abort = new AbortController();
  const authorization = `Bearer ${await world.token('viewer', 'acme')}`;
  const response = await fetch(`${origin}/v1/runs/${runId}/log`, {
    headers: { authorization, accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  });
  return new Follower(response, abort);
}

async function startedRun(durationMs: number): Promise<string> {
  const { id } = await world.task({ action: { type: 'noop', durationMs }, timeoutMs: 86_400_000 });
  return (await world.ask(`POST /v1/tasks/${id}/run`)).body.id;
}

const idsOf = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map((match) => match[1]);

it('follows a run as it goes, and ends with it', async () => {
  const id = await startedRun(600_000);
  const follower = await follow(id);
  expect(follower.response.status).toBe(200);
  expect(follower.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(follower.response.headers.get('cache-control')).toContain('no-cache');
  expect(await follower.until('started')).not.toContain('event: end');
  await world.clock.advance(600_000);
  const text = await follower.until();
  expect(text).toMatch(/event: end\ndata: \{"state":"succeeded"\}\n\n$/);
  const items = (await world.ask(`GET /v1/runs/${id}/log`)).body.items;
  expect(idsOf(text)).toEqual(items.map(({ sequence }) => String(sequence)));
  const first = /^id: \d+\ndata: (.*)$/m.exec(text);
  expect(JSON.parse(first?.[1] ?? '')).toEqual(items[0]);
});

it('goes on after the last event that the client got', async () => {
  const { id } = await world.finishedRun();
  const all = idsOf(await (await follow(id)).until());
  expect(all.length).toBeGreaterThan(1);
  const rest = await (await follow(id, { 'last-event-id': all[0]! })).until();
  expect(idsOf(rest)).toEqual(all.slice(1));
  expect(rest).toContain('event: end');
});

it('shows that the connection lives while nothing happens', async () => {
  const follower = await follow(await startedRun(3_600_000));
  await follower.until('started');
  const began = world.clock.now();
  await follower.until(': alive\n\n: alive');
  expect(world.clock.now() - began).toBeGreaterThanOrEqual(14_000);
  follower.hangUp();
});

it('stops when the client hangs up', async () => {
  const runs = world.app.get(RunsService, { strict: false });
  const follow_ = runs.follow.bind(runs);
  const stopped = new Promise<void>((resolve) => {
    runs.follow = (organization, id, after, signal) => {
      signal.addEventListener('abort', () => resolve());
      return follow_(organization, id, after, signal);
    };
  });
  const follower = await follow(await startedRun(3_600_000));
  await follower.until('started');
  follower.hangUp();
  await stopped;
  runs.follow = follow_;
});

it('refuses what it cannot follow before the stream begins', async () => {
  const { id } = await world.finishedRun();
  const garbled = await follow(id, { 'last-event-id': 'x' });
  expect(garbled.response.status).toBe(400);
  expect(await garbled.until()).toContain('"parameter":"Last-Event-ID"');
  const unknown = await follow('00000000-0000-7000-8000-000000000000');
  expect(unknown.response.status).toBe(404);
  expect(unknown.response.headers.get('content-type')).toContain('problem+json');
});

it('does not hold up the shutdown', async () => {
  const other = await RestWorld.start();
  await other.app.listen(0, '127.0.0.1');
  const { port } = other.app.getHttpServer().address() as AddressInfo;
  const { id } = await other.task({ action: { type: 'noop', durationMs: 1000 } });
  const run = (await other.ask(`POST /v1/tasks/${id}/run`)).body.id;
  const response = await fetch(`http://127.0.0.1:${port}/v1/runs/${run}/log`, {
    headers: { authorization: `Bearer ${await other.token('viewer', 'acme')}`, accept: 'text/event-stream' },
  });
  const reader = response.body!.getReader();
  await reader.read();
  const [end] = await Promise.all([drained(reader), other.stop()]);
  expect(['ended', 'cut off']).toContain(end);
});

async function drained(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<'ended' | 'cut off'> {
  try {
    while (!(await reader.read()).done);
    return 'ended';
  } catch {
    return 'cut off';
  }
}
