import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JobNames, type Nameless } from './job-names.js';

const named = (name: string) => ({ name });
const job = (fields: Partial<Nameless>): Nameless => ({
  kind: 'cron',
  type: named('Reports'),
  method: 'daily',
  isLocal: false,
  ...fields,
});

describe('the name of a job', () => {
  it('is the given one, or else class and method', () => {
    const names = new JobNames();
    expect(names.of(job({ given: 'nightly' }))).toBe('nightly');
    expect(names.of(job({}))).toBe('Reports.daily');
    expect(names.of(job({ kind: 'interval' }))).toBe('Reports.daily');
  });

  it('counts the instances of one class, and does not mix up classes of one name', () => {
    const names = new JobNames();
    const type = named('Reports');
    expect([1, 2, 3].map(() => names.of(job({ type })))).toEqual([
      'Reports.daily',
      'Reports.daily (2)',
      'Reports.daily (3)',
    ]);
    expect(() => names.of(job({}))).toThrow(
      "Two classes declare a job under the name Reports.daily, so that their tasks could not be told apart. Give one of them a name of its own, as in @Cron(…, {name: 'another'}).",
    );
    expect(names.of(job({ isLocal: true }))).toBe('Reports.daily (4)');
  });

  it('is refused when it is taken, in the words of @nestjs/schedule', () => {
    const names = new JobNames();
    names.of(job({ given: 'shared' }));
    expect(() => names.of(job({ given: 'shared', type: named('Other') }))).toThrow(
      'Cron Job with the given name (shared) already exists. Ignored.',
    );
    names.of(job({ kind: 'timeout', given: 'Reports.daily' }));
    expect(() => names.of(job({ kind: 'timeout' }))).toThrow('Timeout with the given name (Reports.daily)');
  });

  it('is unique within its kind, and the same in every build, in whatever order the classes are found', () => {
    const types = [named('A'), named('B'), named('A.b'), named('constructor'), named('__proto__')];
    const jobs = fc.record<Nameless>({
      kind: fc.constantFrom('cron', 'interval', 'timeout'),
      given: fc.constantFrom(undefined, 'A.b', 'A.b.c', 'A.b (2)', '__proto__', 'x'),
      type: fc.constantFrom(...types),
      method: fc.constantFrom('b', 'c', 'b.c', 'toString'),
      isLocal: fc.boolean(),
    });
    const all = (list: readonly Nameless[]): string[] | null => {
      const names = new JobNames();
      try {
        return list.map((each) => `${each.kind} ${names.of(each)}`);
      } catch {
        return null;
      }
    };
    fc.assert(
      fc.property(fc.uniqueArray(jobs, { selector: (each) => JSON.stringify(each), maxLength: 12 }), (list) => {
        const found = all(list);
        if (found === null) return;
        expect(new Set(found).size).toBe(list.length);
        const backwards = all([...list].reverse());
        if (
          backwards &&
          new Set(list.map(({ kind, type, method }) => `${kind} ${type.name} ${method}`)).size === list.length
        )
          expect(backwards.reverse()).toEqual(found);
      }),
    );
  });
});
