import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SimulatedProcess } from '../../../test/simulation/world/process.js';
import { Random } from '../../../test/simulation/world/random.js';
import { BEGIN, Timeline } from '../../../test/simulation/world/timeline.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import { LockStore } from '../../locking/lock.store.js';
import { MemoryData } from '../../testing/memory/memory-data.js';
import { MemoryLockStore } from '../../testing/memory/memory-lock.store.js';
import { RateUnits, USE_MS } from './rate-units.js';

/** How one call reaches the store and comes back (ms), or whether it is lost on one of the ways. */
interface Passage {
  thereMs: number;
  backMs: number;
  lost: 'no' | 'there' | 'back';
}

/** A try to start a run: when, by which instance, how its calls fare, and what happens between them. */
interface Try {
  atMs: number;
  instance: number;
  units: number;
  passages: Passage[];
  /** Between the answer and the start (ms). */
  waitMs: number;
  dies: boolean;
}

const passage: fc.Arbitrary<Passage> = fc.record({
  thereMs: fc.oneof({ weight: 4, arbitrary: fc.integer({ max: 30, min: 0 }) }, fc.integer({ max: 9000, min: 0 })),
  backMs: fc.oneof({ weight: 4, arbitrary: fc.integer({ max: 30, min: 0 }) }, fc.integer({ max: 9000, min: 0 })),
  lost: fc.constantFrom('no', 'no', 'no', 'no', 'there', 'back'),
});

const tries = fc.array(
  fc.record({
    atMs: fc.integer({ min: 0, max: 20_000 }),
    instance: fc.integer({ min: 0, max: 2 }),
    units: fc.integer({ min: 1, max: 2 }),
    passages: fc.array(passage, { minLength: 4, maxLength: 4 }),
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * USE_MS })),
    dies: fc.boolean(),
  }),
  { minLength: 2, maxLength: 40 },
);

const rates = [1, 1.0001, 0.9999, 1.001, 0.999];

/** A path to the locks on which calls take their time. */
class SlowLocks extends LockStore {
  constructor(
    private readonly locks: MemoryLockStore,
    private readonly timeline: Timeline,
    private readonly passages: Passage[],
  ) {
    super();
  }

  acquire = (...parts: Parameters<LockStore['acquire']>) => this.send(() => this.locks.acquire(...parts));
  renew = (...parts: Parameters<LockStore['renew']>) => this.send(() => this.locks.renew(...parts));
  release = (...parts: Parameters<LockStore['release']>) => this.send(() => this.locks.release(...parts));
  holders = (...parts: Parameters<LockStore['holders']>) => this.send(() => this.locks.holders(...parts));
  remaining = (...parts: Parameters<LockStore['remaining']>) => this.send(() => this.locks.remaining(...parts));

  private send<Result>(operation: () => Promise<Result>): Promise<Result> {
    const { thereMs, backMs, lost } = this.passages.shift() ?? { thereMs: 1, backMs: 1, lost: 'no' };
    return new Promise((resolve, reject) => {
      const fail = () => reject(new StoreUnavailableError('lost'));
      this.timeline.after(thereMs, () => {
        if (lost === 'there') return fail();
        void operation().then((result) => this.timeline.after(backMs, lost === 'back' ? fail : () => resolve(result)));
      });
    });
  }
}

/** The starts that come about, with the units of each, in true time. */
async function startsOf(
  all: readonly Try[],
  capacity: number,
  perMs: number,
): Promise<{ at: number; units: number }[]> {
  const timeline = new Timeline(BEGIN, new Random(all.length));
  const data = new MemoryData(() => Math.floor(timeline.now + 1234));
  const stored = new MemoryLockStore(data);
  const keys = Array.from({ length: capacity }, (_, slot) => `rate/acme/api/${slot}`);
  const starts: { at: number; units: number }[] = [];
  const attempt = async ({ instance, units, passages, waitMs, dies }: Try, nth: number): Promise<void> => {
    const process = new SimulatedProcess(`i${nth}`, timeline, {
      offsetMs: instance * 700,
      rate: rates[nth % rates.length]!,
    });
    const rated = new RateUnits(new SlowLocks(stored, timeline, [...passages]), process.clock);
    const lives = await stored.remaining(keys);
    // Whoever asks for units has seen them free; nothing says that they still are when the request arrives.
    const free = keys.filter((key) => !lives.has(key)).slice(0, units);
    if (free.length < units) return;
    const run = { id: String(nth), organization: 'acme' };
    const shares = [{ keys: free, perMs }];
    rated.reserve(shares);
    if (!(await rated.take(run, shares).catch(() => false))) return;
    process.after(waitMs, () => {
      if (!rated.mayBegin(run.id)) return rated.leave(run.id);
      starts.push({ at: timeline.now, units });
      if (!dies) rated.begun(run.id);
    });
  };
  all.forEach((each, nth) => timeline.after(each.atMs, () => void attempt(each, nth)));
  await timeline.runUntil(BEGIN + 120_000);
  return starts.sort((a, b) => a.at - b.at);
}

/** The most units that began within one window, which begins with a start and does not include its own end. */
function fullestWindow(starts: readonly { at: number; units: number }[], perMs: number): number {
  const inWindow = (from: number) => starts.filter(({ at }) => at >= from && at < from + perMs);
  return Math.max(0, ...starts.map(({ at }) => inWindow(at).reduce((sum, { units }) => sum + units, 0)));
}

describe('units of a rate', () => {
  it('let no more than its capacity begin in any window, however calls fare and whoever dies', async () => {
    await fc.assert(
      fc.asyncProperty(
        tries,
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom(1, 7, 500, 3000, 20_000),
        async (all, capacity, perMs) => {
          expect(fullestWindow(await startsOf(all, capacity, perMs), perMs)).toBeLessThanOrEqual(capacity);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('come back as soon as the window has passed since the start, and at once when nothing began', async () => {
    const quick = (atMs: number, waitMs = 0): Try => ({
      atMs,
      instance: 0,
      units: 1,
      passages: [],
      waitMs,
      dies: false,
    });
    const starts = await startsOf([quick(0), quick(900), quick(1010), quick(3000, USE_MS + 10), quick(8020)], 1, 1000);
    expect(starts.map(({ at }) => Math.round(at - BEGIN))).toEqual([2, 1012, 8022]);
  });

  it('of an instance that died come back too, only later', async () => {
    const at = (atMs: number, dies: boolean): Try => ({ atMs, instance: 0, units: 1, passages: [], waitMs: 0, dies });
    const starts = await startsOf([at(0, true), at(1010, false), at(1000 + USE_MS + 110, false)], 1, 1000);
    expect(starts.map((start) => Math.round(start.at - BEGIN))).toEqual([2, 1000 + USE_MS + 112]);
  });
});
