import { describe, expect, it } from '@jest/globals';
import { mongo } from 'mongoose';
import { FAILOVER } from '../../../test/support/failover-proxy.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { RecordRefusedError, StoreRefusedError, StoreUnavailableError } from '../../domain/errors.js';
import { again, guarded, isCollision } from './mongo-errors.js';

const answered = (code: number) => new mongo.MongoServerError({ ok: 0, code, errmsg: `code ${code}` });

/** A bulk write some of whose statements were refused. */
const bulk = (...codes: number[]) => {
  const result = { getWriteConcernError: () => undefined } as unknown as mongo.BulkWriteResult;
  const writeErrors = codes.map((code, index) => ({ code, index })) as mongo.WriteError[];
  return new mongo.MongoBulkWriteError({ message: 'bulk', code: codes[0]!, writeErrors }, result);
};

describe('a statement on MongoDB', () => {
  /** What comes of a statement that fails so often, and after how many milliseconds. */
  async function tried(error: Error, times: number, alsoOn?: (error: unknown) => boolean) {
    const clock = new SettableClock(0);
    let calls = 0;
    const statement = () => (++calls <= times ? Promise.reject(error) : Promise.resolve('done'));
    let outcome: unknown;
    const ended = again(statement, alsoOn, clock).then(
      (result) => (outcome = result),
      (failure: unknown) => (outcome = failure),
    );
    while (outcome === undefined)
      await clock.advanceTo(clock.nextTimerAt() === Infinity ? clock.now() : clock.nextTimerAt());
    await ended;
    return { outcome, calls, ms: clock.now() };
  }

  it.each(FAILOVER)('is tried again, later each time, when the server answers %i', async (code) => {
    for (const error of [answered(code), bulk(code)]) {
      expect(await tried(error, 1)).toEqual({ outcome: 'done', calls: 2, ms: 50 });
      expect(await tried(error, 3)).toEqual({ outcome: 'done', calls: 4, ms: 1300 });
      expect(await tried(error, 9)).toMatchObject({ outcome: error, calls: 4 });
    }
  });

  it('is tried again when its connection breaks, and when another write is in its way', async () => {
    expect(await tried(new mongo.MongoNetworkError('gone'), 1)).toMatchObject({ outcome: 'done', ms: 50 });
    expect(await tried(answered(112), 1)).toMatchObject({ outcome: 'done', ms: 50 });
  });

  it.each([13, 50, 64, 121, 17_419])('is not tried again when the server answers %i', async (code) => {
    const error = answered(code);
    expect(await tried(error, 1)).toEqual({ outcome: error, calls: 1, ms: 0 });
  });

  it('that met a faster one is tried again at once', async () => {
    expect(await tried(answered(11_000), 1, isCollision)).toEqual({ outcome: 'done', calls: 2, ms: 0 });
    expect(await tried(bulk(11_000), 9, isCollision)).toMatchObject({ calls: 3, ms: 0 });
  });

  it('met a faster one only if that is all that it met', () => {
    // The last code is that of DocumentDB.
    const met = [bulk(11_000), bulk(11_000, 11_000), answered(11_000), bulk(50_331_677)];
    expect(met.map(isCollision)).toEqual([true, true, true, true]);
    expect([bulk(121), bulk(11_000, 121), answered(13), new Error('x')].map(isCollision)).toEqual(Array(4).fill(false));
  });
});

describe('what a store on MongoDB says', () => {
  const said = (error: Error): Promise<unknown> =>
    guarded({ ask: () => Promise.reject(error) }, 'MongoDB at db')
      .ask()
      .catch((each: unknown) => each);

  it('tells an outage, a right that lacks, and a record that is refused apart', async () => {
    expect(await said(answered(10_107))).toBeInstanceOf(StoreUnavailableError);
    expect(await said(answered(10_107))).not.toBeInstanceOf(StoreRefusedError);
    expect(await said(answered(13))).toBeInstanceOf(StoreRefusedError);
    for (const error of [answered(121), answered(17_419), bulk(121)])
      expect(await said(error)).toBeInstanceOf(RecordRefusedError);
    expect(await said(answered(121))).not.toBeInstanceOf(StoreUnavailableError);
  });
});
