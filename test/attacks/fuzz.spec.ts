import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RestWorld, taskBody, type Answer } from '../rest/rest-world.js';

const SEED = 20_270_131;
const RUNS = 60;

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { examples: Record<string, { value: unknown }> }> };
}

interface Malformed {
  path: string[];
  query: [string, string][];
  header: string;
  /**
   * How the example is spoilt: the place, counted over all its members, and the new value; or a body that replaces it.
   */
  place: number;
  value: unknown;
  raw: string | null;
}

const document = JSON.parse(await readFile(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ line: `${method.toUpperCase()} ${path}`, operation })),
);

const nasty = fc.constantFrom<unknown>(
  ...[null, true, -1, 0, 1e308, 9007199254740992, '', ' ', '\u0000', '\r\nx: y', '\u001b[31m', '../../etc/passwd'],
  ...['{{secrets.token}}', '{{constructor.constructor}}', '${7*7}', "' OR 1=1 --", '$where', '🚀'.repeat(50)],
  ...['x'.repeat(20_000), [], {}, [[[[]]]], { $ne: null }, { $where: 'sleep(1000)' }, { toString: 1 }, '9999-99-99'],
  ...['2027-02-30T00:00:00Z', '* * * * *', '0 0 31 2 *', 'FREQ=SECONDLY;INTERVAL=0', 'Europe/Nowhere'],
);
const text = fc.oneof(
  nasty.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const raw = fc.option(
  fc.oneof(
    fc.json({ maxDepth: 4 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom('{', '[1,', '{"__proto__":{"admin":true}}', '{"a":1,"a":2}', '"\\ud800"', '['.repeat(5000), 'null'),
  ),
  { freq: 3 },
);

const malformed: fc.Arbitrary<Malformed> = fc.record({
  path: fc.array(text, { minLength: 2, maxLength: 2 }),
  query: fc.array(fc.tuple(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 }), text), { maxLength: 2 }),
  header: fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
  place: fc.nat(40),
  value: fc.oneof(nasty, fc.jsonValue({ maxDepth: 3 })),
  raw,
});

/** The value with its member number `place` replaced, counted depth first; beyond the last one, a member is added. */
function spoilt(example: unknown, place: number, value: unknown): unknown {
  const copy: unknown = structuredClone(example);
  const slots: { owner: Record<string, unknown>; name: string }[] = [];
  const gather = (owner: unknown): void => {
    if (typeof owner !== 'object' || owner === null) return;
    for (const name of Object.keys(owner)) {
      slots.push({ owner: owner as Record<string, unknown>, name });
      gather((owner as Record<string, unknown>)[name]);
    }
  };
  gather(copy);
  const slot = slots[place];
  if (slot) slot.owner[slot.name] = value;
  else if (typeof copy === 'object' && copy !== null) (copy as Record<string, unknown>)[`extra${place}`] = value;
  return copy;
}

const percent = (value: string): string => encodeURIComponent(value.replace(/[\ud800-\udfff]/gu, '?'));

let world: RestWorld;
let known: string[];
let created = 0;
beforeAll(async () => {
  world = await RestWorld.start();
  const task = await world.task();
  const run = (await world.ask(`POST /v1/tasks/${task.id}/run`)).body;
  await world.finished(run.id);
  known = [task.id, run.id];
});
afterAll(() => world.stop());

async function send(line: string, operation: Operation, request: Malformed): Promise<Answer> {
  const [method, template] = line.split(' ') as [string, string];
  const parts = [...request.path];
  const id = known[request.place % 7];
  const path = template.replace(/\{[^}]+\}/g, () => percent(id ?? (parts.shift() || 'x')));
  const parameters = operation.parameters ?? [];
  const own = parameters.filter((parameter) => parameter.in === 'query');
  const query = request.query.map(([name, value], index) => {
    const used = own.length > 0 && request.place % 3 > 0 ? own[(request.place + index) % own.length]!.name : name;
    return `${percent(used)}=${percent(value)}`;
  });
  const headers = Object.fromEntries(
    parameters.filter((each) => each.in === 'header').map(({ name }) => [name.toLowerCase(), request.header]),
  );
  const content = Object.values(operation.requestBody?.content ?? {})[0];
  const examples = Object.values(content?.examples ?? {});
  const example = examples[request.place % Math.max(1, examples.length)]?.value;
  const body = request.raw ?? JSON.stringify(spoilt(example, request.place, request.value));
  const url = query.length > 0 ? `${path}?${query.join('&')}` : path;
  return world.ask(`${method} ${url}`, { headers, ...(content && { raw: body ?? '' }) });
}

function assertAnswered({ status, headers, body, text: answer }: Answer): void {
  if (status >= 500) throw new Error(`${status}: ${answer}`);
  if (status < 400) return;
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(body.status).toBe(status);
  expect(body.detail).not.toBe('');
}

/** How many tasks were created according to the answer. */
function creationsIn(line: string, { status, body }: Answer): number {
  if (line === 'POST /v1/tasks' && status === 201) return 1;
  if (line === 'POST /v1/tasks/batch' && status === 200)
    return body.results.filter((each) => each.status === 201).length;
  return 0;
}

async function storedTasks(): Promise<number> {
  let count = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: Answer = await world.ask(`GET /v1/tasks?limit=200${cursor ? `&cursor=${cursor}` : ''}`);
    count += body.items.length;
    cursor = body.nextCursor;
  }
  return count;
}

describe('a malformed request to any route', () => {
  it.each(operations)('$line is answered, as a problem where it is refused', async ({ line, operation }) => {
    const [before, createdBefore] = [await storedTasks(), created];
    await fc.assert(
      fc.asyncProperty(malformed, async (request) => {
        const answer = await send(line, operation, request);
        assertAnswered(answer);
        created += creationsIn(line, answer);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    const deleted = line === 'DELETE /v1/tasks/{id}' ? before - (await storedTasks()) : 0;
    expect(deleted).toBeLessThanOrEqual(1);
    expect(await storedTasks()).toBe(before + created - createdBefore - deleted);
  });

  it('leaves the service working and its objects as they are', async () => {
    expect((await world.ask('POST /v1/tasks', { body: taskBody() })).status).toBe(201);
    expect((await world.ask('GET /v1/audit/verify')).body).toMatchObject({ valid: true });
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    expect(created).toBeGreaterThan(0);
  });
});
