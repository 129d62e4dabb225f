import { describe, expect, it } from '@jest/globals';
import { FreshReads } from '../../batching/fresh-reads.js';
import { SettableClock } from '../../clock/settable-clock.js';
import type { Json } from '../../domain/json.js';
import type { Change } from '../../scheduler/changes-in.js';
import { ChangeHub } from './change-hub.js';
import type { ChangeTopic } from './change-topics.js';
import { GatheredChanges } from './gathered-changes.js';

const anEnd = (id: string, position: string): Change => ({
  ...{ position, type: 'run.succeeded', at: 0, object: { type: 'run', id }, taskId: 'task', actor: 'engine' },
  ...{ before: null, after: { id, state: 'succeeded' } },
});

/** A hub whose changes come from the test, and what it read. */
class World {
  readonly clock = new SettableClock(0);
  readonly begun: string[] = [];
  readonly reads = { stats: 0, instances: 0 };
  /** What the end of the trail is said to be. */
  endOf = (): Promise<string> => Promise.resolve('5');
  private broken = false;
  private readonly coming: Change[] = [];
  private wake = (): void => undefined;
  private readonly hub: ChangeHub;

  constructor() {
    this.hub = new ChangeHub('acme', {
      feed: { follow: (_, options) => this.follow(options!) },
      heads: { endOf: () => this.endOf() },
      stats: { backlog: () => Promise.resolve({ waiting: 0, armed: 0, running: ++this.reads.stats, retrying: 0, truncated: false }) }, // prettier-ignore
      clock: this.clock,
      fleet: new FreshReads<Json>(this.clock, 1000, () => Promise.resolve(++this.reads.instances)),
    });
  }

  async join(...topics: ChangeTopic[]): Promise<GatheredChanges> {
    const listener = new GatheredChanges({ topics: new Set(topics), isAdmin: true }, '0');
    this.hub.join(listener);
    await this.hub.ready;
    listener.position = this.hub.position;
    return listener;
  }

  async tell(...changes: Change[]): Promise<void> {
    this.coming.push(...changes);
    this.wake();
    await this.clock.advance(0);
  }

  async break(): Promise<void> {
    this.broken = true;
    this.wake();
    await this.clock.advance(6000);
  }

  close(): void {
    this.hub.close();
    this.wake();
  }

  private async *follow({
    after = '',
    signal,
  }: {
    after?: string;
    signal?: AbortSignal;
  }): AsyncGenerator<Change, void> {
    this.begun.push(after);
    this.broken = false;
    while (!signal?.aborted) {
      while (this.coming.length > 0) yield this.coming.shift()!;
      if (this.broken) throw new Error('away');
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

const idsIn = (listener: GatheredChanges): unknown[] =>
  listener.take().flatMap(({ data }) => ((data as { items?: { id: string }[] }).items ?? []).map(({ id }) => id));

describe('ChangeHub', () => {
  it('lets who comes late begin where the changes stand', async () => {
    const world = new World();
    expect((await world.join('runs')).position).toBe('5');
    await world.tell(anEnd('a', '6'), anEnd('b', '7'));
    expect((await world.join('runs')).position).toBe('7');
    world.close();
  });

  it('goes on after a break where the trail ends, or else where it was, and says that changes were missed', async () => {
    const world = new World();
    const listener = await world.join('runs');
    await world.tell(anEnd('a', '6'), anEnd('b', '7'));
    listener.take();
    world.endOf = () => Promise.reject(new Error('away'));
    await world.break();
    expect(listener.take()).toEqual([{ id: '7', event: 'gap', data: {} }]);
    world.endOf = () => Promise.resolve('9');
    await world.break();
    expect(listener.take()).toEqual([{ id: '9', event: 'gap', data: {} }]);
    expect(world.begun).toEqual(['5', '7', '9']);
    world.close();
  });

  it('tells an end in its turn to who came after it was told early, and to nobody twice', async () => {
    const world = new World();
    const first = await world.join('runs');
    await world.tell(anEnd('a', '5'));
    const second = await world.join('runs');
    await world.tell(anEnd('b', '5'), anEnd('a', '6'));
    expect([idsIn(first), idsIn(second)]).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ]);
    await world.tell(anEnd('b', '7'));
    expect([first.hasSome, second.hasSome]).toEqual([false, false]);
    // They know all up to there all the same.
    expect([first.position, second.position]).toEqual(['7', '7']);
    world.close();
  });

  it('tells an end rather twice than remember too many', async () => {
    const world = new World();
    const listener = await world.join('runs');
    await world.tell(...Array.from({ length: 1001 }, (_, index) => anEnd(`run ${index}`, '5')));
    listener.take();
    await world.tell(anEnd('run 1000', '6'), anEnd('run 0', '6'));
    expect(idsIn(listener)).toEqual(['run 0']);
    world.close();
  });

  it('reads the figures that somebody wants, and those of the instances once for all organizations', async () => {
    const world = new World();
    await world.join('runs');
    await world.clock.advance(5000);
    expect(world.reads).toEqual({ stats: 0, instances: 0 });
    const listener = await world.join('instances');
    await world.clock.advance(2000);
    expect(listener.hasSome).toBe(true);
    expect(world.reads.stats).toBe(0);
    expect(world.reads.instances).toBeGreaterThan(0);
    await world.join('stats');
    await world.clock.advance(2000);
    expect(world.reads.stats).toBeGreaterThan(0);
    world.close();
  });
});
