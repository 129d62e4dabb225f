import type { LogEntry } from '../../execution-log/log.store.js';
import { awkwardJson, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { times } from './lists.js';

const entry = (sequence: number, fields: Partial<LogEntry> = {}): LogEntry => ({
  sequence,
  at: T0 + sequence,
  attempt: 1,
  level: 'info',
  message: `line ${sequence}`,
  ...fields,
});

/** The logs of runs, which are only appended to. */
export function describeLogStore({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const chunk = (runId: string, ...entries: LogEntry[]) => ({ organization: 'acme', runId, entries });
    const all = (runId: string) => store().logs.list('acme', runId, -1, 10_000);

    it('gives entries back as they were, by sequence', async () => {
      const entries = [
        entry(0, { level: 'debug', message: '' }),
        entry(3, { level: 'warn', attempt: 2, data: { nested: [0, null, { a: -1 }] } }),
        entry(1_000_000, { level: 'error', message: `"it's" ü 🚀\n\\` }),
      ];
      await store().logs.append([chunk('r', entries[2]!), chunk('r', entries[0]!, entries[1]!)]);
      expect(await all('r')).toEqual(entries);
    });

    it('keeps data whose keys or values mean something to a database', async () => {
      await store().logs.append([chunk('r', entry(1, { data: awkwardJson() }))]);
      expect(JSON.stringify((await all('r'))[0]?.data)).toBe(JSON.stringify(awkwardJson()));
    });

    it('leaves a chunk as it is that is there already', async () => {
      await store().logs.append([chunk('r', entry(1), entry(2))]);
      await store().logs.append([
        chunk('r', entry(1, { message: 'other' })),
        chunk('s', entry(1)),
        chunk('r', entry(3)),
      ]);
      expect(await all('r')).toEqual([entry(1), entry(2), entry(3)]);
      expect(await all('s')).toEqual([entry(1)]);
    });

    it('pages from inside a chunk and over the border of two', async () => {
      await store().logs.append([chunk('r', entry(1), entry(2), entry(5)), chunk('r', entry(6), entry(9))]);
      expect(await store().logs.list('acme', 'r', 1, 2)).toEqual([entry(2), entry(5)]);
      expect(await store().logs.list('acme', 'r', 5, 1)).toEqual([entry(6)]);
      expect(await store().logs.list('acme', 'r', 3, 10)).toEqual([entry(5), entry(6), entry(9)]);
      expect(await store().logs.list('acme', 'r', 9, 10)).toEqual([]);
    });

    it('keeps the order where two wrote alternately, over many chunks', async () => {
      const some = (sequences: number[]) => chunk('r', ...sequences.map((sequence) => entry(sequence)));
      await store().logs.append([some([7, 42]), ...times(20, (i) => some([2 * i + 2]))]);
      const listed = async (after: number, limit: number) =>
        (await store().logs.list('acme', 'r', after, limit)).map(({ sequence }) => sequence);
      expect(await listed(-1, 4)).toEqual([2, 4, 6, 7]);
      expect(await listed(6, 3)).toEqual([7, 8, 10]);
      expect(await listed(10, 20)).toEqual([...times(15, (i) => 2 * i + 12), 42]);
      expect(await listed(38, 2)).toEqual([40, 42]);
    });

    it('hides a log from other organizations and other runs', async () => {
      await store().logs.append([chunk('r', entry(1))]);
      expect(await store().logs.list('umbrella', 'r', -1, 10)).toEqual([]);
      expect(await all('s')).toEqual([]);
    });

    it('tells the last sequence below a bound, of this run of this organization alone', async () => {
      const last = (runId: string, below: number) => store().logs.lastBelow('acme', runId, below);
      await store().logs.append([chunk('r', entry(11), entry(15)), chunk('r', entry(21)), chunk('s', entry(18))]);
      await store().logs.append([{ organization: 'umbrella', runId: 'r', entries: [entry(19)] }]);
      expect([await last('r', 20), await last('r', 30), await last('s', 20)]).toEqual([15, 21, 18]);
      expect([await last('r', 11), await last('t', 30)]).toEqual([null, null]);
      // Within a chunk it may be the last of that one.
      expect(await last('r', 13)).toBeGreaterThan(10);
    });

    it('takes an empty batch and one of 1,200', async () => {
      await store().logs.append([]);
      await store().logs.append(times(1200, (i) => chunk(`r-${i % 2}`, entry(2 * i), entry(2 * i + 1))));
      expect((await all('r-1')).map(({ sequence }) => sequence)).toEqual(
        times(1200, (i) => 4 * (i >> 1) + 2 + (i % 2)),
      );
    });
  });
}
