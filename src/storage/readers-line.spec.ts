import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { askedBy } from '../batching/asker.js';
import { OverloadedError } from '../domain/errors.js';
import { inLine, ReadersLine } from './readers-line.js';

/** Reads of a line, each of which ends when the test says so. */
function aWorld(places: number, mostWaiting?: number) {
  const line = new ReadersLine(places, mostWaiting);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const read = (organization: string, gone?: AbortSignal) => {
    const work = async () => {
      begun.push(organization);
      await new Promise<void>((resolve) => ends.push(resolve));
      return organization;
    };
    const reading = line.take(organization, work, gone);
    reading.catch(() => undefined);
    return reading;
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const endFirst = async () => {
    ends.shift()?.();
    await settled();
  };
  return { read, begun, endFirst, settled };
}

describe('ReadersLine', () => {
  it('leaves one place for whoever comes second, however much the first one reads', async () => {
    const { read, begun, settled } = aWorld(3);
    for (let index = 0; index < 50; index++) void read('crowd');
    await settled();
    expect(begun).toEqual(['crowd', 'crowd']);
    void read('acme');
    await settled();
    expect(begun).toEqual(['crowd', 'crowd', 'acme']);
  });

  it('lets organizations take turns', async () => {
    const { read, begun, endFirst, settled } = aWorld(2);
    for (let index = 0; index < 20; index++) void read('crowd');
    for (const organization of ['acme', 'umbrella', 'acme', 'umbrella']) void read(organization);
    await settled();
    for (let index = 0; index < 8; index++) await endFirst();
    expect(begun.slice(0, 10).filter((each) => each === 'acme')).toHaveLength(2);
    expect(begun.slice(0, 10).filter((each) => each === 'umbrella')).toHaveLength(2);
  });

  it('refuses what is too much of whoever has most of it, and nobody else', async () => {
    const { read, endFirst, settled } = aWorld(2, 4);
    const crowd = Array.from({ length: 5 }, () => read('crowd'));
    await settled();
    await expect(read('crowd')).rejects.toBeInstanceOf(OverloadedError);
    const others = [read('acme'), read('umbrella'), read('other')];
    for (let index = 0; index < 10; index++) await endFirst();
    expect(await Promise.all(others)).toEqual(['acme', 'umbrella', 'other']);
    const outcomes = await Promise.allSettled(crowd);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'fulfilled'],
      ...['rejected', 'rejected'],
    ]);
  });

  it('is left by a read whose asker has gone, which makes room for others and takes no turn of theirs', async () => {
    const { read, begun, endFirst, settled } = aWorld(2, 4);
    const gone = new AbortController();
    const underWay = read('crowd', gone.signal);
    const waiting = [read('crowd', gone.signal), read('crowd'), read('acme'), read('crowd', gone.signal)];
    await settled();
    gone.abort(new OverloadedError('gone'));
    const late = read('crowd', gone.signal);
    const others = [read('umbrella'), read('other')];
    for (let index = 0; index < 10; index++) await endFirst();
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual([
      ...['rejected', 'fulfilled', 'fulfilled', 'rejected'],
    ]);
    await expect(late).rejects.toThrow('gone');
    expect(await Promise.all([underWay, ...others])).toEqual(['crowd', 'umbrella', 'other']);
    expect(begun.filter((organization) => organization === 'crowd')).toHaveLength(2);
  });

  it('asks on behalf of whoever the present work is for', async () => {
    const line = new ReadersLine(2);
    const port = inLine({ list: (organization: string) => Promise.resolve(organization) }, line);
    const gone = AbortSignal.abort(new OverloadedError('gone'));
    await expect(askedBy(gone, () => port.list('acme'))).rejects.toThrow('gone');
    await expect(port.list('acme')).resolves.toBe('acme');
  });

  it('forgets nobody, and lets no more in than there are places', async () => {
    const step = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant(null));
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 2, max: 4 }),
      async (steps, places) => {
        const { read, begun, endFirst, settled } = aWorld(places);
        const reading: Promise<string>[] = [];
        let ended = 0;
        for (const organization of steps) {
          if (organization !== null) reading.push(read(organization));
          else if (ended < begun.length) ended += Number(await endFirst().then(() => true));
          await settled();
          expect(begun.length - ended).toBeLessThanOrEqual(places);
        }
        while (ended < reading.length) ended += Number(await endFirst().then(() => true));
        expect((await Promise.all(reading)).sort()).toEqual([...begun].sort());
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it('is passed with a failure too', async () => {
    const line = new ReadersLine(2);
    const failing = { list: (organization: string) => Promise.reject<string>(new Error(`${organization} is away`)) };
    const port = inLine(failing, line);
    for (let index = 0; index < 10; index++) await expect(port.list('acme')).rejects.toThrow('acme is away');
  });
});
