import { describe, expect, it } from '@jest/globals';
import { T0 } from '../../test/support/builders.js';
import { SettableClock } from '../clock/settable-clock.js';
import { ActionError } from '../integrations/action.js';
import { DeliveryQueue, type Deliverer, type DeliveryOptions } from './delivery-queue.js';

/** Accepts every delivery unless `failure` says otherwise. */
class RecordingSink implements Deliverer<string> {
  readonly delivered: string[][] = [];
  readonly triedAt: number[] = [];
  failure: (() => Promise<void>) | null = null;
  /** What happens to a delivery that holds this item. */
  readonly poison = new Map<string, () => Promise<void>>();

  constructor(private readonly clock: SettableClock) {}

  async deliver(items: readonly string[]): Promise<void> {
    this.triedAt.push(this.clock.now() - T0);
    if (this.failure) await this.failure();
    for (const item of items) await this.poison.get(item)?.();
    this.delivered.push([...items]);
  }
}

function world(options: Partial<DeliveryOptions> = {}) {
  const clock = new SettableClock(T0);
  const sink = new RecordingSink(clock);
  const warnings: string[] = [];
  const queue = new DeliveryQueue(sink, clock, {
    ...{ capacity: 5, capacityChars: 1000, batchSize: 2, batchChars: 10_000, baseDelayMs: 100, maxDelayMs: 1000 },
    warn: (message) => void warnings.push(message),
    ...options,
  });
  const done: string[] = [];
  const add = (...items: string[]) => items.forEach((item) => queue.add(item, item.length, () => void done.push(item)));
  return { clock, sink, queue, warnings, done, add };
}

const failing = (status?: number, retryAfterMs?: number) => () =>
  Promise.reject(
    status === undefined
      ? new Error('no network')
      : new ActionError(`http-${status}`, 'no', retryAfterMs === undefined ? { status } : { status, retryAfterMs }),
  );
/** Never answers. */
const hanging = () => new Promise<void>(() => undefined);

const flat = ({ delivered }: RecordingSink): string[] => delivered.flat().sort();

describe('DeliveryQueue', () => {
  it('delivers in order and in batches', async () => {
    const { clock, sink, add } = world();
    add('a', 'b', 'c');
    await clock.advance(0);
    add('d');
    await clock.advance(0);
    expect(sink.delivered).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  it('repeats with growing delays up to the longest, and loses nothing', async () => {
    const { clock, sink, queue, warnings, add } = world();
    sink.failure = failing(503);
    add('a', 'b');
    await clock.advance(3600);
    expect(sink.triedAt).toEqual([0, 100, 300, 700, 1500, 2500, 3500]);
    sink.failure = null;
    await clock.advance(1000);
    expect(flat(sink)).toEqual(['a', 'b']);
    expect(queue.dropped).toBe(0);
    expect(warnings).toEqual(['A delivery failed (http-503) and is repeated.']);
  });

  it('waits as long as the receiver asks for', async () => {
    const { clock, sink, add } = world();
    sink.failure = failing(429, 650);
    add('a');
    await clock.advance(1299);
    expect(sink.triedAt).toEqual([0, 650]);
  });

  it.each([400, 404, 422])('gives up what is refused with %i and goes on', async (status) => {
    const { clock, sink, queue, warnings, add } = world();
    sink.failure = failing(status);
    add('a', 'b');
    await clock.advance(0);
    sink.failure = null;
    add('c');
    await clock.advance(0);
    expect(sink.delivered).toEqual([['c']]);
    expect(queue.dropped).toBe(2);
    expect(warnings.at(-1)).toBe(`2 items were given up so far, the last because it was refused (http-${status}).`);
  });

  it('says when there is no more room, by the number of the items and by their length', async () => {
    const few = world();
    few.sink.failure = hanging;
    few.add('a', 'b', 'c', 'd');
    expect(few.queue.hasRoom).toBe(true);
    few.add('e');
    expect(few.queue.hasRoom).toBe(false);
    const long = world({ capacityChars: 20 });
    long.sink.failure = failing();
    long.add('x'.repeat(10));
    expect(long.queue.hasRoom).toBe(true);
    long.add('y'.repeat(10));
    expect(long.queue.hasRoom).toBe(false);
    await long.clock.advance(10);
    long.sink.failure = null;
    await long.clock.advance(200);
    expect(long.queue.hasRoom).toBe(true);
  });

  it('delivers no more at once than may go together by its length', async () => {
    const { clock, sink, add } = world({ batchSize: 10, batchChars: 5 });
    add('aa', 'bb', 'cc', 'longer than that', 'd');
    await clock.advance(0);
    expect(sink.delivered).toEqual([['aa', 'bb'], ['cc'], ['longer than that'], ['d']]);
  });

  it('says of each item when it is over with it, and why nothing is accepted', async () => {
    const { clock, sink, queue, done, add } = world();
    sink.failure = failing(503);
    add('a', 'b', 'c');
    await clock.advance(50);
    expect(done).toEqual([]);
    expect(queue.trouble).toEqual({ code: 'http-503', since: T0 });
    sink.failure = null;
    sink.poison.set('b', failing(422));
    await clock.advance(1000);
    expect(done).toEqual(['a', 'b', 'c']);
    expect(queue.trouble).toBeNull();
  });

  it('delivers what waits when it is closed, and takes no more', async () => {
    const { clock, sink, queue, done, add } = world();
    sink.failure = failing();
    add('a');
    await clock.advance(50);
    sink.failure = null;
    const closed = queue.close(5000);
    add('late');
    await closed;
    expect(sink.delivered).toEqual([['a']]);
    expect(sink.triedAt).toEqual([0, 50]);
    expect(done).toEqual(['a']);
    expect(queue.dropped).toBe(0);
  });

  it.each([
    ['fails', failing()],
    ['never answers', hanging],
  ])('is closed in time when the sink %s', async (_, failure) => {
    const { clock, sink, queue, warnings, done, add } = world();
    sink.failure = failure;
    add('a', 'b', 'c');
    await clock.advance(0);
    let closed = false;
    const closing = queue.close(5000).then(() => (closed = true));
    await clock.advance(4999);
    expect(closed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(queue.dropped).toBe(0);
    expect(done).toEqual([]);
    expect(warnings.at(-1)).toBe('3 items are left to be delivered later.');
  });

  const MANY = { capacity: 1000, capacityChars: 10_000, batchSize: 100 };
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => `item ${index}`);

  it.each([0, 37, 99, 100, 249])('gives up the one item that is refused (%i), and delivers all others', async (bad) => {
    const { clock, sink, queue, warnings, add } = world(MANY);
    const items = numbered(250);
    sink.poison.set(items[bad]!, failing(413));
    add(...items);
    await clock.advance(1000);
    expect(flat(sink)).toEqual(items.filter((item) => item !== items[bad]).sort());
    expect(queue.dropped).toBe(1);
    expect(warnings).toEqual(['1 items were given up so far, the last because it was refused (http-413).']);
    expect(sink.triedAt.length).toBeLessThan(30);
  });

  it('does not ask for each item when everything is refused', async () => {
    const { clock, sink, queue, add } = world(MANY);
    sink.failure = failing(401);
    add(...numbered(900));
    await clock.advance(1000);
    expect(queue.dropped).toBe(900);
    expect(sink.triedAt.length).toBeLessThan(40);
    sink.failure = null;
    add('next');
    await clock.advance(10);
    expect(flat(sink)).toEqual(['next']);
  });

  it.each([0, 37, 99, 249])(
    'is not held up by the one item that fails each time (%i), and gives it up',
    async (bad) => {
      const { clock, sink, queue, warnings, add } = world(MANY);
      const items = numbered(250);
      sink.poison.set(items[bad]!, failing(500));
      add(...items);
      await clock.advance(20_000);
      expect(flat(sink)).toEqual(items.filter((item) => item !== items[bad]).sort());
      for (let more = 0; more < 20; more++) {
        add(`more ${more}`);
        await clock.advance(5000);
      }
      expect(sink.delivered.flat()).toHaveLength(249 + 20);
      expect(queue.dropped).toBe(1);
      expect(warnings.at(-1)).toContain('it failed while others were accepted, 5 times');
    },
  );

  it('is not held up by an item for which the sink never answers', async () => {
    const { clock, sink, queue, add } = world();
    sink.poison.set('b', hanging);
    add('a', 'b', 'c', 'd');
    await clock.advance(600_000);
    expect(flat(sink)).toEqual(['a', 'c', 'd']);
    expect(queue.dropped).toBe(0);
  });

  it('loses nothing and tells now and then while nothing is accepted for long', async () => {
    const { clock, sink, queue, warnings, add } = world(MANY);
    const items = numbered(250);
    sink.failure = failing(503);
    add(...items);
    await clock.advance(3_600_000);
    expect(queue.dropped).toBe(0);
    expect(warnings.length).toBeGreaterThan(3);
    expect(warnings.length).toBeLessThan(20);
    sink.failure = null;
    await clock.advance(2000);
    expect(flat(sink)).toEqual([...items].sort());
  });

  it('is closed at once when nothing waits', async () => {
    await expect(world().queue.close(5000)).resolves.toBeUndefined();
  });

  it('delivers nothing before an item that fails where the order counts, and gives it up only when it is refused', async () => {
    const { clock, sink, queue, add } = world({ inOrder: true });
    sink.poison.set('a', failing());
    add('a', 'b', 'c');
    await clock.advance(60_000);
    expect(sink.delivered).toEqual([]);
    expect(queue.dropped).toBe(0);
    sink.poison.set('a', failing(413));
    await clock.advance(5000);
    expect(flat(sink)).toEqual(['b', 'c']);
    expect(queue.dropped).toBe(1);
  });
});
