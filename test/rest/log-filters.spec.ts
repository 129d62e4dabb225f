import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { LogStore, type LogEntry, type LogLevel } from '../../src/execution-log/log.store.js';
import { RestWorld } from './rest-world.js';

/** Where the entries begin that are put behind those of the run itself. */
const BEHIND = 2_000_000;
const LINES = 12_000;
const NEEDLES = [3, 7000, LINES - 1];

let world: RestWorld;
let run: string;
beforeAll(async () => {
  world = await RestWorld.start();
  ({ id: run } = await world.finishedRun());
  const store = world.app.get(LogStore, { strict: false });
  const entries = Array.from({ length: LINES }, (_, index) => entryAt(index));
  const chunks = Array.from({ length: LINES / 100 }, (_, nth) => entries.slice(nth * 100, (nth + 1) * 100));
  await store.append(chunks.map((part) => ({ organization: 'acme', runId: run, entries: part })));
});
afterAll(() => world.stop());

function entryAt(index: number): LogEntry {
  const level: LogLevel = index % 4000 === 3999 ? 'error' : index % 2000 === 1999 ? 'warn' : 'debug';
  const message = NEEDLES.includes(index) ? `A NEEDLE ${index}` : `line ${index}`;
  return { sequence: BEHIND + index, at: world.clock.now(), attempt: 1, level, message };
}

/** All pages of the log under this query, and how many entries each had. */
async function pagesOf(query: string): Promise<{ places: number[]; sizes: number[] }> {
  const [places, sizes]: number[][] = [[], []];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { status, body } = await world.ask(`GET /v1/runs/${run}/log?${query}${cursor && `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    places!.push(...body.items.map(({ sequence }) => sequence - BEHIND));
    sizes!.push(body.items.length);
    cursor = body.nextCursor;
  }
  return { places: places!, sizes: sizes! };
}

it('finds a text in any case, whatever lies between, in pages that look at a bounded number of entries', async () => {
  const { places, sizes } = await pagesOf('q=a%20nEEdle');
  expect(places).toEqual(NEEDLES);
  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes.length).toBeLessThan(10);
});

it('reads entries of a level and of worse ones, page by page', async () => {
  expect((await pagesOf('level=error')).places).toEqual([3999, 7999, 11_999]);
  expect((await pagesOf('level=warn&limit=2')).places).toEqual([1999, 3999, 5999, 7999, 9999, 11_999]);
  expect((await pagesOf('level=warn&q=line%205')).places).toEqual([5999]);
});

it('reads the entries of one attempt', async () => {
  const { id } = await world.finishedRun();
  const entry = { at: world.clock.now(), level: 'info' as const };
  const entries = [2, 3].flatMap((attempt) =>
    [1, 2].map((nth) => ({
      ...entry,
      sequence: attempt * 1_000_000 + nth,
      attempt,
      message: `${attempt}.${nth}\nmore`,
    })),
  );
  await world.app.get(LogStore, { strict: false }).append([{ organization: 'acme', runId: id, entries }]);
  const messages = async (query: string) =>
    ((await world.ask(`GET /v1/runs/${id}/log?${query}`)).body.items as unknown as LogEntry[]).map(
      (each) => each.message,
    );
  expect(await messages('attempt=2')).toEqual(['2.1\nmore', '2.2\nmore']);
  expect(await messages('attempt=3&q=3.2')).toEqual(['3.2\nmore']);
  expect(await messages('attempt=4')).toEqual([]);
  expect((await world.ask(`GET /v1/runs/${id}/log?attempt=0`)).status).toBe(400);
  const lines = await world.ask(`GET /v1/runs/${id}/log?attempt=3`, { headers: { accept: 'text/plain' } });
  expect([lines.status, lines.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
  expect(lines.headers['content-disposition']).toBe(`attachment; filename="run-${id}.log"`);
  const at = new Date(entry.at).toISOString();
  expect(lines.text).toBe([1, 2].map((nth) => `${at}\tinfo\t3\t3.${nth}\\nmore\n`).join(''));
});

it('sends a whole log as lines, and none of another organization', async () => {
  const headers = { accept: 'text/plain' };
  const { text } = await world.ask(`GET /v1/runs/${run}/log`, { headers });
  expect(text.split('\n').filter((line) => /\tline \d+$|NEEDLE/.test(line))).toHaveLength(LINES);
  expect(await world.ask(`GET /v1/runs/${run}/log`, { headers, organization: 'umbrella' })).toMatchObject({
    status: 404,
    body: { status: 404 },
  });
});

it('reads a whole log of many chunks once', async () => {
  const { places } = await pagesOf('limit=200');
  expect(places.filter((place) => place >= 0)).toEqual(Array.from({ length: LINES }, (_, index) => index));
});

it('streams what matches', async () => {
  const { text } = await world.ask(`GET /v1/runs/${run}/log?q=needle`, { headers: { accept: 'text/event-stream' } });
  expect([...text.matchAll(/"message":"A NEEDLE (\d+)"/g)].map(([, place]) => Number(place))).toEqual(NEEDLES);
  expect(text).toMatch(/event: end\ndata: \{"state":"succeeded"\}\n\n$/);
  expect(text).not.toContain('line');
});

it('looks through no log of another organization', async () => {
  const { status } = await world.ask(`GET /v1/runs/${run}/log?q=needle`, { organization: 'umbrella' });
  expect(status).toBe(404);
});

it('refuses a level that there is not, an empty text and the cursor of another search', async () => {
  for (const query of ['level=fatal', 'q=', `q=${'x'.repeat(201)}`]) {
    expect((await world.ask(`GET /v1/runs/${run}/log?${query}`)).status).toBe(400);
  }
  const { nextCursor } = (await world.ask(`GET /v1/runs/${run}/log?level=error&limit=1`)).body;
  expect((await world.ask(`GET /v1/runs/${run}/log?level=warn&limit=1&cursor=${nextCursor}`)).status).toBe(400);
});

it('reads a log from its end, page by page', async () => {
  const { places } = await pagesOf('order=newest&limit=200');
  expect(places).toEqual(Array.from({ length: LINES }, (_, index) => LINES - 1 - index));
  expect((await pagesOf('order=newest&q=a%20needle')).places).toEqual([...NEEDLES].reverse());
  expect((await pagesOf('order=newest&level=warn&limit=2')).places).toEqual([11_999, 9999, 7999, 5999, 3999, 1999]);
  expect((await pagesOf('order=newest&attempt=3')).places).toEqual([]);
});

it('gives the last entries alone, in the order of writing, as JSON and as lines', async () => {
  expect(await pagesOf('tail=3')).toEqual({ places: [LINES - 3, LINES - 2, LINES - 1], sizes: [3] });
  expect((await pagesOf('tail=2&level=error')).places).toEqual([7999, 11_999]);
  expect((await pagesOf('tail=1000')).places).toHaveLength(1000);
  const lines = async (query: string) =>
    (await world.ask(`GET /v1/runs/${run}/log?${query}`, { headers: { accept: 'text/plain' } })).text.split('\n');
  expect(await lines('tail=2')).toEqual([
    expect.stringContaining(`\tline ${LINES - 2}`),
    expect.stringContaining(`\tA NEEDLE ${LINES - 1}`),
    '',
  ]);
  // More than one look for the last of them takes in: what was found of it.
  expect((await lines('tail=1000&q=needle')).length).toBeLessThanOrEqual(NEEDLES.length + 1);
});

it('begins a stream with the last entries', async () => {
  const { text } = await world.ask(`GET /v1/runs/${run}/log?tail=2`, { headers: { accept: 'text/event-stream' } });
  const ids = [...text.matchAll(/^id: ?(\d+)$/gm)].map(([, id]) => Number(id) - BEHIND);
  expect(ids).toEqual([LINES - 2, LINES - 1]);
});

it('gives the log of a run that wrote nothing from its end, too', async () => {
  const { id } = await world.finishedRun();
  const messages = async (query: string) =>
    ((await world.ask(`GET /v1/runs/${id}/log?${query}`)).body.items as unknown as LogEntry[]).map(
      (each) => each.message,
    );
  const all = await messages('');
  expect(all.length).toBeGreaterThan(1);
  expect(await messages('order=newest')).toEqual([...all].reverse());
  expect(await messages('tail=1')).toEqual(all.slice(-1));
});

it.each(['order=newest', 'order=random', 'tail=0', 'tail=1001'])('refuses %s where it cannot be', async (query) => {
  for (const accept of ['text/plain', 'text/event-stream'])
    expect((await world.ask(`GET /v1/runs/${run}/log?${query}`, { headers: { accept } })).status).toBe(400);
});
