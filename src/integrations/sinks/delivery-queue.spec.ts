import { describe, expect, it } from '@jest/globals';
import { T0 } from '../../../test/support/builders.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { ActionError } from '../action.js';
import { DeliveryQueue, type DeliveryOptions } from './delivery-queue.js';
import { Sink } from './sink.js';

/** Takes what it is given unless `failure` says otherwise. */
class RecordingSink extends Sink<string> {
  readonly delivered: string[][] = [];
  readonly triedAt: number[] = [];
  failure: (() => Promise<void>) | null = null;

  constructor(private readonly clock: SettableClock) {
    super();
  }

  async deliver(items: readonly string[]): Promise<void> {
    this.triedAt.push(this.clock.now() - T0);
    if (this.failure) await this.failure();
    this.delivered.push([...items]);
  }
}

function world(options: Partial<DeliveryOptions> = {}) {
  const clock = new SettableClock(T0);
  const sink = new RecordingSink(clock);
  const warnings: string[] = [];
  const queue = new DeliveryQueue(sink, clock, {
    ...{ capacity: 5, capacityChars: 1000, batchSize: 2, baseDelayMs: 100, maxDelayMs: 1000 },
    warn: (message) => void warnings.push(message),
    ...options,
  });
  return { clock, sink, queue, warnings, add: (...items: string[]) => items.forEach((item) => queue.add(item)) };
}

const failing = (status?: number, retryAfterMs?: number) => () =>
  Promise.reject(
    status === undefined
      ? new Error('no network')
      : new ActionError(`http-${status}`, 'no', retryAfterMs === undefined ? { status } : { status, retryAfterMs }),
  );
/** Never answers, whatever happens. */
const hanging = () => new Promise<void>(() => undefined);

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
    expect(sink.delivered).toEqual([['a', 'b']]);
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
    expect(warnings).toEqual([`2 items were not delivered so far, the last because it was refused (http-${status}).`]);
  });

  it('holds no more than it may, counts what it drops and does not flood the log', async () => {
    const { clock, sink, queue, warnings, add } = world();
    sink.failure = hanging;
    add('a', 'b', 'c', 'd', 'e');
    for (let i = 0; i < 1000; i++) add('more');
    await clock.advance(0);
    expect(queue.dropped).toBe(1000);
    expect(warnings).toHaveLength(10);
    expect(warnings.at(-1)).toContain('512 items were not delivered so far, the last because its queue is full');
  });

  it('bounds its memory by the length of the items too', () => {
    const { queue, add, sink } = world({ capacityChars: 20 });
    sink.failure = hanging;
    add('x'.repeat(10), 'y'.repeat(10), 'z');
    expect(queue.dropped).toBe(1);
  });

  it('delivers what waits when it is closed, and takes no more', async () => {
    const { clock, sink, queue, add } = world();
    sink.failure = failing();
    add('a');
    await clock.advance(50);
    sink.failure = null;
    const closed = queue.close(5000);
    add('late');
    await closed;
    expect(sink.delivered).toEqual([['a']]);
    expect(sink.triedAt).toEqual([0, 50]);
    expect(queue.dropped).toBe(1);
  });

  it.each([
    ['fails', failing()],
    ['never answers', hanging],
  ])('is closed in time when the sink %s', async (_, failure) => {
    const { clock, sink, queue, warnings, add } = world();
    sink.failure = failure;
    add('a', 'b', 'c');
    await clock.advance(0);
    let closed = false;
    const closing = queue.close(5000).then(() => (closed = true));
    await clock.advance(4999);
    expect(closed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(queue.dropped).toBe(3);
    expect(warnings.at(-1)).toContain('there was no time left');
  });

  it('is closed at once when nothing waits', async () => {
    await expect(world().queue.close(5000)).resolves.toBeUndefined();
  });
});
