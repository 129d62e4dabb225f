import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOON, RestWorld, type Body } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const SECOND = 1000;
const iso = (at: number): string => new Date(at).toISOString();
const HALF_MINUTELY = [{ type: 'interval', everyMs: 30 * SECOND, anchorAt: iso(NOON) }];
const REASON = 'skipped by tester: a holiday';

/** A task that is due each half minute, a second after it was. */
async function halfMinutely(): Promise<Body> {
  await world.clock.advance(31 * SECOND - (world.clock.now() % (30 * SECOND)));
  return world.task({ triggers: HALF_MINUTELY });
}

/** Lets the clock run until the ledger of the task has ended outcomes from this instant on, as many as are asked for. */
const ended = (task: Body, from: string, count: number) =>
  world.until(async () => {
    const told = await ledgerOf(task, from);
    const isOver = told.length >= count && told.slice(0, count).every(({ outcome }) => outcome !== 'pending');
    return isOver && told.slice(0, count);
  }, 500);

/** The nominal times of the next occurrences of the task, those that are skipped in brackets. */
async function planOf({ id }: Body, count = 4): Promise<string[]> {
  const { body } = await world.ask(`GET /v1/tasks/${id}/next-runs?count=${count}`, { as: 'viewer' });
  return (body.runs as { at: string; skipped?: object }[]).map(({ at, skipped }) => (skipped ? `(${at})` : at));
}

const skipping = ({ id }: { id: string }, at: string, organization = 'acme') =>
  world.ask(`POST /v1/tasks/${id}/skip`, { as: 'operator', organization, body: { at, reason: 'a holiday' } });
const skip = (...request: Parameters<typeof skipping>) => world.driven(skipping(...request));
const restore = ({ id }: { id: string }, at: string, organization = 'acme') =>
  world.driven(world.ask(`DELETE /v1/tasks/${id}/skip?at=${at}`, { as: 'operator', organization }));
const explain = ({ id }: Body, at: string) => world.ask(`GET /v1/tasks/${id}/explain?at=${at}`, { as: 'viewer' });
const ledgerOf = async ({ id }: Body, from: string) =>
  (await world.ask(`GET /v1/tasks/${id}/occurrences?from=${from}`, { as: 'viewer' })).body.items as unknown as {
    scheduledFor: string;
    outcome: string;
    reason: string | null;
  }[];

describe('POST /v1/tasks/{id}/skip', () => {
  it('leaves out one occurrence, which plan, explanation, matrix and ledger tell of', async () => {
    const task = await halfMinutely();
    const [first, second, third] = (await planOf(task)) as [string, string, string];
    const answer = await skip(task, second);
    expect(answer).toMatchObject({ status: 200, body: { scheduledFor: second, outcome: 'skipped', reason: REASON } });
    expect(await planOf(task, 3)).toEqual([first, `(${second})`, third]);
    expect((await explain(task, second)).body).toMatchObject({ at: second, outcome: 'none', code: 'skipped' });
    const asked = `from=${first}&to=${iso(Date.parse(third) + SECOND)}&step=1m&ids=${task.id}`;
    const matrix = (await world.ask(`GET /v1/occurrences?${asked}`)).body.items as unknown as { cells: object[] }[];
    expect(JSON.stringify(matrix[0]!.cells)).toContain('"outcomes":{"skipped":1}');
    const told = await ended(task, first, 3);
    expect(told.map(({ scheduledFor, outcome }) => [scheduledFor, outcome])).toEqual([
      [first, 'succeeded'],
      [second, 'skipped'],
      [third, 'succeeded'],
    ]);
    expect(told[1]!.reason).toBe(REASON);
    expect((await explain(task, second)).body).toMatchObject({ outcome: 'skipped', code: 'skipped', reason: REASON });
    const [entry] = (await world.ask(`GET /v1/audit?object=${task.id}&action=task.occurrence-skipped`)).body.items;
    expect(entry).toMatchObject({ after: { skipped: [{ at: second, by: 'tester', reason: 'a holiday' }] } });
  });

  it('is taken back by DELETE, and the occurrence runs', async () => {
    const task = await halfMinutely();
    const [first] = (await planOf(task)) as [string];
    await skip(task, first);
    expect((await restore(task, first)).status).toBe(204);
    expect((await planOf(task, 1))[0]).toBe(first);
    expect((await ended(task, first, 1))[0]).toMatchObject({ scheduledFor: first, outcome: 'succeeded' });
    expect((await restore(task, first)).status).toBe(404);
  });

  it('stops what is armed already, until it has begun', async () => {
    const task = await halfMinutely();
    const [first] = (await planOf(task)) as [string];
    await world.clock.advance(Date.parse(first) - world.clock.now() - 500);
    const armed = (await world.ask(`GET /v1/runs?taskId=${task.id}`)).body.items;
    expect(armed.map(({ state }) => state)).toEqual(['pending']);
    // The clock stands: this instance takes its own back at once, and half a second is less than a request may take.
    expect((await skipping(task, first)).status).toBe(200);
    expect((await ended(task, first, 2)).map(({ outcome }) => outcome)).toEqual(['skipped', 'succeeded']);
    expect((await skip(task, first)).status).toBe(200);
    expect((await restore(task, first)).status).toBe(409);
  });

  it('stays as it is when it is asked for again, and a backfill can run it afterwards', async () => {
    const task = await halfMinutely();
    const [first] = (await planOf(task)) as [string];
    await skip(task, first);
    const again = await world.ask(`POST /v1/tasks/${task.id}/skip`, { body: { at: first, reason: 'another' } });
    expect(again.body).toMatchObject({ reason: REASON });
    await world.clock.advance(Date.parse(first) - world.clock.now() + 40 * SECOND);
    const body = { from: first, to: iso(Date.parse(first) + 1), dryRun: true };
    const plan = await world.ask(`POST /v1/tasks/${task.id}/backfill`, { body });
    expect(plan.body.occurrences).toEqual([first]);
  });

  it('refuses what has passed with 409 and what is no occurrence with 400', async () => {
    const task = await halfMinutely();
    expect((await skip(task, iso(NOON - 30 * SECOND))).status).toBe(409);
    const [first] = (await planOf(task)) as [string];
    const { status, body } = await skip(task, iso(Date.parse(first) + 1));
    expect([status, body.errors[0]?.pointer]).toEqual([400, '/at']);
    for (const wrong of [{ at: first }, { at: 'soon', reason: 'x' }, { at: first, reason: 'x'.repeat(201) }]) {
      expect((await world.ask(`POST /v1/tasks/${task.id}/skip`, { body: wrong })).status).toBe(400);
    }
    expect((await restore(task, 'soon')).status).toBe(400);
    await world.ask(`POST /v1/tasks/${task.id}/pause`, { body: { reason: 'lunch' } });
    expect((await skip(task, first)).status).toBe(409);
  });

  it('hides the tasks of other organizations', async () => {
    const task = await halfMinutely();
    const [first] = (await planOf(task)) as [string];
    expect((await skip(task, first, 'umbrella')).status).toBe(404);
    await skip(task, first);
    expect((await restore(task, first, 'umbrella')).status).toBe(404);
    expect(await planOf(task, 1)).toEqual([`(${first})`]);
  });
});
