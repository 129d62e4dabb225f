import { describe, expect, it } from '@jest/globals';
import { aRun } from '../../test/support/builders.js';
import { RunBook } from './run-book.js';

describe('RunBook', () => {
  it('knows the other begun runs of a task, however many there are', () => {
    const book = new RunBook();
    const runs = [aRun({ taskId: 't' }), aRun({ taskId: 't' }), aRun({ taskId: 't' })];
    for (const run of runs) book.enter(run);
    book.enter(aRun({ taskId: 'another' }));
    expect(book.begunOf('t', runs[0]!.id)).toEqual(runs.slice(1));
    for (const run of runs.slice(1)) book.leave(run);
    expect(book.begunOf('t', runs[0]!.id)).toEqual([]);
    expect(book.begunOf('t', 'none')).toEqual([runs[0]]);
  });

  it.each([0, 1])("keeps what has begun anew when a former self's attempt ends, beside %d other runs", (others) => {
    const book = new RunBook();
    const former = aRun({ taskId: 't' });
    const beside = Array.from({ length: others }, () => aRun({ taskId: 't' }));
    for (const run of [former, ...beside]) book.enter(run);
    const anew = { ...former, attempt: 2 };
    book.enter(anew);
    book.leave(former);
    expect(book.begunOf('t', beside[0]?.id ?? 'none')).toEqual([anew]);
    book.leave(anew);
    expect(book.begunOf('t', 'none')).toEqual(beside);
  });
});
