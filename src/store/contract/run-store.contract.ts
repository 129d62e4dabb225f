import { RUN_STATES, isFinished, type Attempt, type Run } from '../../domain/run.js';
import { aChange, aRun, awkwardJson, nextId, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

const attempt: Attempt = { number: 1, instance: 'i-1', startedAt: null, finishedAt: T0 + 5, outcome: 'lost' };

/** Storing runs and changing them under their fencing token. */
export function describeRunStore({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const stored = async (fields: Partial<Run> = {}) => {
      const run = aRun(fields);
      await store().runs.insert([run]);
      return run;
    };
    const read = (run: Run) => store().runs.get(run.organization, run.id);

    it('gives a run back exactly as it was stored', async () => {
      const run = await stored({
        trigger: 'event',
        state: 'failed',
        priority: 0,
        owner: 'i-1',
        attempt: 2,
        attempts: [
          attempt,
          {
            ...attempt,
            number: 2,
            startedAt: T0,
            outcome: 'failed',
            error: { code: 'http-503', message: `"it's" ü`, status: 503 },
          },
        ],
        startedAt: T0,
        finishedAt: T0 + 9,
        latenessMs: 0,
        output: { ok: false },
        reason: 'attempts exhausted',
        retryOf: nextId(),
        event: { id: 'e', type: 't', data: null, receivedAt: T0 },
      });
      expect(await read(run)).toEqual(run);
    });

    it('keeps where in a trace a run, its events and its last attempt belong, and nothing where they belong to none', async () => {
      const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1' };
      const event = { id: 'e', type: 't', data: 'x'.repeat(2000), receivedAt: T0, trace };
      const run = await stored({ owner: 'i-1', attempt: 1, trace, event });
      const plain = await stored({ owner: 'i-1', attempt: 1 });
      expect(await read(run)).toEqual(run);
      const span = `00-${'a'.repeat(32)}-${'c'.repeat(16)}-01`;
      const changes = [aChange(run, { state: 'running', span }), aChange(plain, { state: 'running' })];
      await store().runs.update(changes);
      expect(await read(run)).toEqual({ ...run, state: 'running', span });
      const after = await read(plain);
      expect(after).toEqual({ ...plain, state: 'running' });
      expect(Object.keys(after!).filter((member) => ['trace', 'span'].includes(member))).toEqual([]);
    });

    it.each([
      ['zero', 0],
      ['false', false],
      ['an empty string', ''],
      ['null', null],
      ['a negative fraction', -0.5],
      ['a list', [0, null, [{}]]],
      ['text', `"'\\ü`],
    ])('keeps an output that is %s', async (_, output) => {
      expect((await read(await stored({ output })))?.output).toEqual(output);
    });

    it('keeps an output whose keys or values mean something to a database', async () => {
      const run = await stored({ owner: 'i-1', attempt: 1 });
      await store().runs.update([aChange(run, { output: awkwardJson() })]);
      expect(JSON.stringify((await read(run))?.output)).toBe(JSON.stringify(awkwardJson()));
    });

    it('leaves a run as it is when its id is inserted again, and tells the id', async () => {
      const run = await stored();
      const fresh = aRun();
      expect(await store().runs.insert([{ ...run, state: 'failed' }, fresh])).toEqual(new Set([run.id]));
      expect(await read(run)).toEqual(run);
      expect(await read(fresh)).toEqual(fresh);
    });

    it('takes an empty batch and one of 1,200', async () => {
      expect(await store().runs.insert([])).toEqual(new Set());
      expect(await store().runs.update([])).toEqual(new Set());
      const runs = times(1200, () => aRun({ owner: 'i-1', attempt: 1 }));
      expect(await store().runs.insert(runs)).toEqual(new Set());
      const changes = runs.map((run, i) => aChange(run, { state: 'running', startedAt: T0 + i, latenessMs: i / 8 }));
      expect(await store().runs.update(changes)).toEqual(new Set(idsOf(runs)));
      expect(await read(runs[1111]!)).toMatchObject({ state: 'running', startedAt: T0 + 1111, latenessMs: 1111 / 8 });
    });

    it('changes all of the progress and nothing else', async () => {
      const run = await stored({ owner: 'i-1', attempt: 1 });
      const progress = {
        state: 'retrying' as const,
        dueAt: T0 + 1000,
        owner: null,
        attempt: 2,
        attempts: [attempt],
        startedAt: T0 + 1,
        finishedAt: T0 + 2,
        latenessMs: 1.5,
        output: [1],
        reason: 'http-503',
      };
      expect(await store().runs.update([aChange(run, progress)])).toEqual(new Set([run.id]));
      expect(await read(run)).toEqual({ ...run, ...progress });
    });

    it.each([
      ['another owner', { owner: 'i-2', attempt: 1 }],
      ['an earlier attempt', { owner: 'i-1', attempt: 0 }],
      ['a later attempt', { owner: 'i-1', attempt: 2 }],
      ['no owner', { owner: null, attempt: 1 }],
    ])('rejects a change under the token of %s', async (_, expected) => {
      const run = await stored({ owner: 'i-1', attempt: 1 });
      expect(await store().runs.update([{ ...aChange(run, { state: 'succeeded' }), expected }])).toEqual(new Set());
      expect(await read(run)).toEqual(run);
    });

    it('rejects what says that an attempt has not begun once it is running, as a write that was long under way does', async () => {
      const [late, early, other] = [
        await stored({ owner: 'i-1', attempt: 1, state: 'running' }),
        await stored({ owner: 'i-1', attempt: 1 }),
        await stored({ owner: 'i-1', attempt: 1, state: 'running' }),
      ];
      const waits = { state: 'pending' as const, putOff: true, reason: 'waits' };
      const changes = [
        aChange(late, waits),
        aChange(early, waits),
        aChange(other, { state: 'retrying', attempt: 2, dueAt: T0 + 9 }),
      ];
      expect(await store().runs.update(changes)).toEqual(new Set([early.id, other.id]));
      expect(await read(late)).toEqual(late);
      expect(await read(early)).toEqual({ ...early, ...waits });
      expect((await read(other))?.attempt).toBe(2);
      expect(await store().runs.update([aChange(late, { state: 'running', startedAt: T0 })])).toEqual(
        new Set([late.id]),
      );
    });

    it('lets an owner take a run that nobody holds, once', async () => {
      const run = await stored();
      const second = await store().reopen();
      const claims = times(10, (i) =>
        (i % 2 ? store() : second).runs.update([aChange(run, { owner: `i-${i}`, attempt: 1 })]),
      );
      expect((await Promise.all(claims)).filter((applied) => applied.has(run.id))).toHaveLength(1);
      expect((await read(run))?.attempt).toBe(1);
    });

    it('shuts out the owner before after another one took over', async () => {
      const run = await stored({ owner: 'i-1', attempt: 1, state: 'running' });
      await store().runs.update([aChange(run, { owner: 'i-2', attempt: 2 })]);
      expect(await store().runs.update([aChange(run, { state: 'succeeded' })])).toEqual(new Set());
      expect(await read(run)).toMatchObject({ owner: 'i-2', attempt: 2, state: 'running' });
    });

    it.each(RUN_STATES.filter(isFinished))('changes nothing on a run that is %s', async (state) => {
      const run = await stored({ owner: 'i-1', attempt: 1, state, finishedAt: T0 });
      expect(await store().runs.update([aChange(run, { state: 'running' })])).toEqual(new Set());
      expect(await store().runs.withdraw([run])).toEqual(new Set());
      expect(await read(run)).toEqual(run);
    });

    it('applies those changes of a batch that hold and leaves out the others', async () => {
      const runs = [await stored({ owner: 'i-1' }), await stored({ owner: 'i-2' }), await stored()];
      const changes = [
        ...runs.map((run) => aChange({ ...run, owner: 'i-1' }, { state: 'running' })),
        aChange(aRun(), {}),
      ];
      expect(await store().runs.update(changes)).toEqual(new Set([runs[0]!.id]));
    });

    it('marks an unfinished run for its owner to cancel, until it has ended', async () => {
      const run = await stored({ owner: 'i-1', attempt: 1, state: 'running' });
      const other = await stored({ owner: 'i-2', attempt: 1 });
      await stored({ owner: 'i-1', attempt: 1 });
      expect(await store().runs.requestCancel('acme', run.id)).toBe(true);
      expect(await store().runs.requestCancel('acme', run.id)).toBe(true);
      expect(await store().runs.requestCancel('acme', other.id)).toBe(true);
      expect(await store().runs.cancelRequests('i-1')).toEqual([run.id]);
      expect(await read(run)).toEqual(run);
      await store().runs.update([aChange(run, { state: 'cancelled', finishedAt: T0 })]);
      expect(await store().runs.cancelRequests('i-1')).toEqual([]);
    });

    it('keeps the last heartbeat of the attempt that is under way, whoever writes the run besides', async () => {
      const run = await stored({ owner: 'i-1', attempt: 2, state: 'running' });
      const heartbeat = { attempt: 2, at: T0 + 5, percent: 12.5, message: 'on it "\u00fc' };
      expect(await store().runs.heartbeat('acme', run.id, { attempt: 2, at: T0 })).toBe(true);
      expect(await store().runs.heartbeat('acme', run.id, heartbeat)).toBe(true);
      expect(await read(run)).toEqual({ ...run, heartbeat });
      await store().runs.update([aChange(run, { owner: 'i-2' })]);
      expect(await read(run)).toMatchObject({ owner: 'i-2', heartbeat });
      expect(await store().runs.byIds('acme', [run.id])).toMatchObject([{ heartbeat }]);
    });

    it("keeps no heartbeat of another attempt, of a finished, an unknown or another organization's run", async () => {
      const run = await stored({ owner: 'i-1', attempt: 2, state: 'running' });
      const finished = await stored({ owner: 'i-1', attempt: 2, state: 'failed' });
      const heartbeat = { attempt: 2, at: T0 };
      for (const other of [1, 3])
        expect(await store().runs.heartbeat('acme', run.id, { attempt: other, at: T0 })).toBe(false);
      expect(await store().runs.heartbeat('acme', finished.id, heartbeat)).toBe(false);
      expect(await store().runs.heartbeat('acme', nextId(), heartbeat)).toBe(false);
      expect(await store().runs.heartbeat('umbrella', run.id, heartbeat)).toBe(false);
      expect(await read(run)).toEqual(run);
      expect(await read(finished)).toEqual(finished);
    });

    it('hands the wish to cancel on to whoever takes the run over', async () => {
      const run = await stored({ owner: 'i-1', attempt: 1 });
      await store().runs.requestCancel('acme', run.id);
      await store().runs.update([aChange(run, { owner: 'i-2', attempt: 2 })]);
      expect(await store().runs.cancelRequests('i-1')).toEqual([]);
      expect(await store().runs.cancelRequests('i-2')).toEqual([run.id]);
    });

    it("does not mark a finished, an unknown or another organization's run", async () => {
      const [finished, unfinished] = [
        await stored({ state: 'succeeded', owner: 'i-1' }),
        await stored({ owner: 'i-1' }),
      ];
      expect(await store().runs.requestCancel('acme', finished.id)).toBe(false);
      expect(await store().runs.requestCancel('acme', nextId())).toBe(false);
      expect(await store().runs.requestCancel('umbrella', unfinished.id)).toBe(false);
      expect(await store().runs.cancelRequests('i-1')).toEqual([]);
    });
  });
}
