import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NoticeWorld } from '../notifications/notice-world.js';

interface Figures {
  runs: number;
  succeeded: number;
  failed: number;
  missed: number;
  successRate: number | null;
  reasons: { reason: string; count: number }[];
}
interface Report {
  total: Figures;
  isComplete: boolean;
  rows: (Figures & { key: string; name: string })[];
}

const RANGE = 'from=2027-01-31T00:00:00Z&to=2027-02-02T00:00:00Z';
let world: NoticeWorld;
let nightly: { id: string };
let hourly: { id: string };

beforeAll(async () => {
  world = await NoticeWorld.start();
  nightly = await world.task({ name: '=nightly', tags: ['suite', 'night'] });
  hourly = await world.task({ name: '<hourly>', tags: ['suite'] });
  for (const fails of [false, true, false]) await world.run(nightly, fails);
  await world.run(hourly, false);
  pass(86_400_000);
  await world.run(hourly, true);
  const stranger = await world.task({ name: 'stranger' }, 'umbrella');
  await world.run(stranger, true, 'umbrella');
});
afterAll(() => world.stop());

/** Lets time pass at once: nothing that is due in between is done for itself. */
const pass = (ms: number) => world.rest.clock.setWall(world.rest.clock.now() + ms);

const reportOf = async (query: string, organization = 'acme') => {
  const answer = await world.ask(`GET /v1/reports?${RANGE}&${query}`, { organization, as: 'viewer' });
  return { ...answer, report: answer.body as unknown as Report };
};
const counts = ({ rows }: Report) => rows.map(({ name, runs, succeeded, failed }) => [name, runs, succeeded, failed]);

describe('a report', () => {
  it('counts by task, tag and day, and as a whole', async () => {
    const { report } = await reportOf('by=task');
    expect(report).toMatchObject({ isComplete: true, total: { runs: 5, succeeded: 3, failed: 2, successRate: 0.6 } });
    expect(counts(report).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ['<hourly>', 2, 1, 1],
      ['=nightly', 3, 2, 1],
    ]);
    expect(counts((await reportOf('by=tag')).report)).toEqual([
      ['night', 3, 2, 1],
      ['suite', 5, 3, 2],
    ]);
    expect(counts((await reportOf('by=day')).report)).toEqual([
      ['2027-01-31', 4, 3, 1],
      ['2027-02-01', 1, 0, 1],
    ]);
    expect((await reportOf('by=organization')).report).toMatchObject({ rows: [], total: { runs: 5 } });
  });

  it('is narrowed to a task or a tag', async () => {
    expect((await reportOf(`taskId=${hourly.id}`)).report.total).toMatchObject({ runs: 2 });
    expect((await reportOf('tag=night')).report.total).toMatchObject({ runs: 3 });
    expect((await reportOf('tag=none')).report.total).toMatchObject({ runs: 0, successRate: null });
  });

  it('shows nothing of others', async () => {
    const { text, report } = await reportOf('by=task', 'umbrella');
    expect(report.total).toMatchObject({ runs: 1, failed: 1 });
    expect(text).not.toContain('nightly');
    expect((await reportOf(`taskId=${nightly.id}`, 'umbrella')).report.total.runs).toBe(0);
  });

  it('says how much was missed and why, also where no run was made', async () => {
    const task = await world.task({
      name: 'ticking',
      triggers: [{ type: 'interval', everyMs: 60_000 }],
      misfire: { policy: 'skip' },
      overlap: 'skip',
    });
    await world.ask(`POST /v1/tasks/${task.id}/pause`, { body: { reason: 'maintenance' } });
    pass(600_000);
    await world.rest.driven(world.ask(`POST /v1/tasks/${task.id}/resume`));
    await world.rest.clock.advance(1000);
    const { report } = await reportOf(`taskId=${task.id}`);
    const [row] = report.rows;
    expect(row!.reasons.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(9);
    await world.ask(`DELETE /v1/tasks/${task.id}`);
  });

  it('is CSV without formulas, and a page without scripts', async () => {
    const csv = await reportOf('by=task&format=csv');
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(csv.text).toContain(`"${nightly.id}","'=nightly",3,2,1`);
    const page = await reportOf('by=task&format=html');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.text).toContain('&lt;hourly&gt;');
    expect(page.text).not.toContain('<hourly>');
  });

  it.each([
    ['to', 'from=2027-01-31T00:00:00Z&to=2027-01-31T00:00:00Z'],
    ['to', 'from=2020-01-31T00:00:00Z&to=2027-01-31T00:00:00Z'],
    ['by', `${RANGE}&by=colour`],
    ['from', 'to=2027-01-31T00:00:00Z'],
  ])('is refused with a fault in %s', async (parameter, query) => {
    const answer = await world.ask(`GET /v1/reports?${query}`);
    expect([answer.status, answer.body.errors[0]!.parameter]).toEqual([400, parameter]);
  });
});
