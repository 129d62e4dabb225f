import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import type { Role } from '../../src/auth/roles.js';
import type { TaskRunnerOptions } from '../../src/options.js';
import { ChangeStreams } from '../../src/rest/changes/change-streams.js';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { RestWorld, taskBody } from './rest-world.js';

interface Told {
  event: string;
  id: string;
  data: { items: Record<string, unknown>[]; more: number; cursor: string; reason: string; running: number };
}

interface Wish {
  query?: string;
  as?: Role;
  organization?: string;
  lastEventId?: string;
}

/** Two instances of one store; changes are made at the first and followed at the second. */
class Pair {
  private constructor(
    readonly near: RestWorld,
    readonly far: RestWorld,
    private readonly origin: string,
    private readonly store: TemporaryStore,
  ) {}

  static async start(open: () => Promise<TemporaryStore>, options: TaskRunnerOptions = {}): Promise<Pair> {
    const store = await open();
    const far = await RestWorld.start({}, {}, {}, { storeUrl: store.url, ...options });
    const near = await RestWorld.start({}, {}, {}, { storeUrl: store.url, clock: far.clock, ...options });
    await near.app.listen(0, '127.0.0.1');
    const { port } = near.app.getHttpServer().address() as AddressInfo;
    return new Pair(near, far, `http://127.0.0.1:${port}`, store);
  }

  async stop(): Promise<void> {
    await this.far.driven(this.near.app.close());
    await this.far.stop();
    await this.store.drop();
  }

  async follow({ query = '', as = 'viewer', organization = 'acme', lastEventId = '' }: Wish = {}): Promise<Follower> {
    const abort = new AbortController();
    const authorization = `Bearer ${await this.near.token(as, organization)}`;
    const headers = { authorization, accept: 'text/event-stream', 'last-event-id': lastEventId };
    const response = await this.far.driven(
      fetch(`${this.origin}/v1/changes${query}`, { headers, signal: abort.signal }),
    );
    return new Follower(this.far, response, abort);
  }
}

/** A followed stream: what it told so far, and a way to wait for more. */
class Follower {
  readonly told: Told[] = [];
  text = '';
  private rest = '';
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly decoder = new TextDecoder();

  constructor(
    private readonly world: RestWorld,
    readonly response: Response,
    private readonly abort: AbortController,
  ) {
    this.reader = response.body!.getReader();
  }

  /** Reads on to a message that passes. */
  async until(passes: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const found = this.told.find(passes);
      if (found) return found;
      if (!(await this.readOn())) throw new Error(`The stream ended with ${this.text.slice(-500)}`);
    }
  }

  async toTheEnd(): Promise<string> {
    while (await this.readOn());
    return this.text;
  }

  hangUp(): void {
    this.abort.abort();
  }

  private async readOn(): Promise<boolean> {
    const { done, value } = await this.world.driven(this.reader.read(), 250);
    if (done) return false;
    const text = this.decoder.decode(value, { stream: true });
    this.text += text;
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop()!;
    this.told.push(...blocks.flatMap(toldIn));
    return true;
  }
}

function toldIn(block: string): Told[] {
  const fields = new Map(block.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]));
  const data = fields.get('data');
  if (data === undefined) return [];
  return [{ event: fields.get('event') ?? '', id: fields.get('id') ?? '', data: JSON.parse(data) as Told['data'] }];
}

const names = (topic: string, id: string, change: string) => (told: Told) =>
  told.event === topic && told.data.items.some((item) => item['id'] === id && item['change'] === change);
const isHello = ({ event }: Told) => event === 'hello';

describeOnEachStore('the stream of changes', (open) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await Pair.start(open);
  });
  afterAll(() => pair.stop());

  it('tells of tasks, runs and settings what happens on another instance', async () => {
    const follower = await pair.follow({ as: 'admin' });
    await follower.until(isHello);
    const task = await pair.far.task();
    await follower.until(names('tasks', task.id, 'created'));
    const run = (await pair.far.ask(`POST /v1/tasks/${task.id}/run`)).body;
    const end = await follower.until(names('runs', run.id, 'succeeded'));
    expect(end.data.items.find(({ id }) => id === run.id)).toEqual({
      ...{ id: run.id, taskId: task.id, change: 'succeeded', state: 'succeeded', trigger: 'manual', attempt: 1 },
      at: expect.any(String),
      scheduledFor: run.scheduledFor,
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
    });
    await pair.far.ask('PUT /v1/settings', { body: { resources: { browser: 2 } } });
    await follower.until(({ event }) => event === 'settings');
    await follower.until(({ event, data }) => event === 'instances' && data.items.length === 2);
    follower.hangUp();
  });

  it('tells that runs are under way', async () => {
    const follower = await pair.follow({ query: '?topic=stats' });
    await follower.until(({ event, data }) => event === 'stats' && data.running === 0);
    const { id } = await pair.far.task({ action: { type: 'noop', durationMs: 60_000 }, timeoutMs: 600_000 });
    await pair.far.ask(`POST /v1/tasks/${id}/run`);
    await follower.until(({ event, data }) => event === 'stats' && data.running === 1);
    await follower.until(({ event, data }) => event === 'stats' && data.running === 0 && follower.told.length > 2);
    follower.hangUp();
  });

  it('goes on where another stream ended, and says so where it cannot', async () => {
    const first = await pair.follow({ query: '?topic=tasks' });
    await first.until(isHello);
    const known = await pair.far.task();
    const { id: lastEventId } = await first.until(names('tasks', known.id, 'created'));
    first.hangUp();
    const missed = await pair.far.task();
    const second = await pair.follow({ query: '?topic=tasks', lastEventId });
    await second.until(names('tasks', missed.id, 'created'));
    expect(second.text).not.toContain(known.id);
    expect(second.text).not.toContain('event: gap');
    second.hangUp();
    const lost = await pair.follow({ query: '?topic=tasks', lastEventId: '999999' });
    const { id } = await lost.until(({ event }) => event === 'gap');
    const after = await pair.far.task();
    await lost.until(names('tasks', after.id, 'created'));
    expect(Number(id)).toBeLessThan(999_999);
    lost.hangUp();
  });

  it('begins for each stream where the changes stand then', async () => {
    const first = await pair.follow({ query: '?topic=tasks' });
    await first.until(isHello);
    const { id } = await first.until(names('tasks', (await pair.far.task()).id, 'created'));
    const second = await pair.follow({ query: '?topic=tasks' });
    expect(Number((await second.until(isHello)).data.cursor)).toBeGreaterThanOrEqual(Number(id));
    for (const each of [first, second]) each.hangUp();
  });

  it('tells who goes on what others were told before its turn', async () => {
    const own = await Pair.start(open, { engine: { lockLifeMs: 30_000 } });
    try {
      const [first, other] = [await own.follow({ query: '?topic=runs' }), await own.follow({ query: '?topic=runs' })];
      const { cursor } = (await first.until(isHello)).data;
      first.hangUp();
      const { id } = await own.far.task();
      const run = (await own.far.ask(`POST /v1/tasks/${id}/run`)).body;
      await other.until(names('runs', run.id, 'succeeded'));
      const second = await own.follow({ query: '?topic=runs', lastEventId: cursor });
      await second.until(names('runs', run.id, 'succeeded'));
      expect(second.text).not.toContain('event: gap');
      const last = (await own.far.ask(`POST /v1/tasks/${id}/run`)).body;
      await other.until(names('runs', last.id, 'succeeded'));
      expect(other.told.filter(names('runs', run.id, 'succeeded'))).toHaveLength(1);
      for (const each of [other, second]) each.hangUp();
    } finally {
      await own.stop();
    }
  });

  it('brings what happens at once in one message, and two of a topic in a second at most', async () => {
    const follower = await pair.follow({ query: '?topic=tasks' });
    await follower.until(isHello);
    const tasks = Array.from({ length: 60 }, () => taskBody());
    const { results } = (await pair.far.ask('POST /v1/tasks/batch', { body: { tasks } })).body;
    const began = pair.far.clock.now();
    const seen = () => follower.told.filter(({ event }) => event === 'tasks');
    const count = () => seen().reduce((sum, { data }) => sum + data.items.length + data.more, 0);
    await follower.until(() => count() >= results.length);
    expect(seen().length).toBeLessThanOrEqual(2 + (2 * (pair.far.clock.now() - began)) / 1000);
    for (const { data } of seen()) expect(data.items.length).toBeLessThanOrEqual(50);
    follower.hangUp();
  });

  it('tells only what is asked for', async () => {
    const [one, other] = [await pair.far.task(), await pair.far.task()];
    const follower = await pair.follow({ query: `?topic=tasks&taskId=${one.id}` });
    await follower.until(isHello);
    await pair.far.ask(`POST /v1/tasks/${other.id}/pause`, { body: { reason: 'unheard' } });
    await pair.far.ask(`POST /v1/tasks/${one.id}/pause`, { body: { reason: 'heard' } });
    await follower.until(names('tasks', one.id, 'paused'));
    expect(follower.text).not.toContain(other.id);
    expect(follower.text).not.toContain('heard');
    follower.hangUp();
  });

  it('tells viewers nothing of API keys, and other organizations nothing at all', async () => {
    const [viewer, intruder] = [await pair.follow(), await pair.follow({ as: 'admin', organization: 'intruder' })];
    await viewer.until(isHello);
    await intruder.until(isHello);
    const body = { name: 'a key', roles: ['viewer'], expiresAt: '2027-06-01T00:00:00Z' };
    const key = (await pair.far.ask('POST /v1/api-keys', { body })).body;
    const task = await pair.far.task();
    await viewer.until(names('tasks', task.id, 'created'));
    const own = await pair.far.task({}, 'intruder');
    await intruder.until(names('tasks', own.id, 'created'));
    expect(viewer.text).not.toContain(key.id);
    expect(intruder.text).not.toContain(task.id);
    viewer.hangUp();
    intruder.hangUp();
  });

  it('shows that it lives, and ends after five minutes for the caller to be checked anew', async () => {
    const follower = await pair.follow({ query: '?topic=settings' });
    await follower.until(isHello);
    const began = pair.far.clock.now();
    const text = await follower.toTheEnd();
    expect(text).toMatch(/event: end\ndata: \{"reason":"renew"\}\n\n$/);
    expect(text.split(': alive').length).toBeGreaterThan(15);
    expect(pair.far.clock.now() - began).toBeLessThan(320_000);
  });

  it('refuses what is malformed, and more streams than an organization may have', async () => {
    const garbled = await pair.follow({ lastEventId: 'x' });
    expect(garbled.response.status).toBe(400);
    expect(await garbled.toTheEnd()).toContain('"parameter":"Last-Event-ID"');
    expect((await pair.follow({ query: '?topic=weather' })).response.status).toBe(400);
    const all: Follower[] = [];
    for (let count = 0; count < 50; count++) all.push(await pair.follow({ organization: 'crowd' }));
    expect((await pair.follow({ organization: 'crowd' })).response.status).toBe(503);
    const other = await pair.follow();
    expect(other.response.status).toBe(200);
    for (const each of [...all, other]) each.hangUp();
  });

  it('ends at once when the instance is about to leave, and begins no more', async () => {
    const leaving = await Pair.start(open);
    const follower = await leaving.follow();
    await follower.until(isHello);
    leaving.near.app.get(ChangeStreams, { strict: false }).leave();
    expect(await follower.toTheEnd()).toMatch(/event: end\ndata: \{"reason":"leaving"\}\n\n$/);
    expect((await leaving.follow()).response.status).toBe(503);
    await leaving.stop();
  });
});

it('tells where the changes stand without a stream', async () => {
  const world = await RestWorld.start();
  const before = (await world.ask('GET /v1/changes', { as: 'viewer' })).body as unknown as { cursor: string };
  await world.task();
  const after = (await world.ask('GET /v1/changes', { as: 'viewer' })).body as unknown as { cursor: string };
  expect(Number(after.cursor)).toBeGreaterThan(Number(before.cursor));
  await world.stop();
});
