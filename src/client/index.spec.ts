import { describe, expect, it } from '@jest/globals';
import { createTaskRunnerClient, demand, everyItem, ProblemError } from './index.js';

/** A client of a service that gives these answers, one after the other; `asked` are its requests. */
function world(...answers: Response[]) {
  const asked: Request[] = [];
  const fetch = (request: Request) => {
    asked.push(request);
    return Promise.resolve(answers.shift()!);
  };
  return { asked, fetch };
}
const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const FAULT = {
  ...{ type: 'urn:x', title: 'Bad Request', status: 400, detail: 'The input has a fault.' },
  errors: [{ pointer: '/name', detail: 'must be text' }],
};

describe('the client', () => {
  it('sends the token of the moment, and bodies as JSON', async () => {
    const { asked, fetch } = world(json({ id: '1' }, 201), json({ id: '2' }, 201));
    let number = 0;
    const client = createTaskRunnerClient({
      baseUrl: 'https://tasks.example.org',
      token: () => Promise.resolve(`token-${++number}`),
      fetch,
    });
    const body = { name: 'n', triggers: [{ type: 'manual' as const }], action: { type: 'noop' as const } };
    for (const id of ['1', '2']) expect((await demand(client.POST('/v1/tasks', { body }))).id).toBe(id);
    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect([asked[0]!.url, await asked[0]!.json()]).toEqual(['https://tasks.example.org/v1/tasks', body]);
  });

  it('throws a problem as a sentence that says where', async () => {
    const { fetch } = world(json(FAULT, 400), new Response('<html>', { status: 502 }));
    const client = createTaskRunnerClient({ baseUrl: 'https://tasks.example.org', token: 't', fetch });
    const failure = (await demand(client.GET('/v1/tasks')).catch((error: unknown) => error)) as ProblemError;
    expect(failure).toBeInstanceOf(ProblemError);
    expect([failure.status, failure.message]).toEqual([400, 'The input has a fault.; /name must be text']);
    expect(failure.problem).toEqual(FAULT);
    await expect(demand(client.GET('/v1/tasks'))).rejects.toMatchObject({ status: 502, problem: undefined });
  });

  it('walks through the pages of a list', async () => {
    const pages = [json({ items: [{ id: 'a' }], nextCursor: 'x' }), json({ items: [], nextCursor: 'y' })];
    const { asked, fetch } = world(...pages, json({ items: [{ id: 'b' }], nextCursor: null }));
    const client = createTaskRunnerClient({ baseUrl: 'https://tasks.example.org', token: 't', fetch });
    const found: string[] = [];
    const page = (cursor: string | undefined) =>
      client.GET('/v1/tasks', { params: { query: cursor ? { cursor } : {} } });
    for await (const { id } of everyItem(page)) found.push(id);
    expect(found).toEqual(['a', 'b']);
    expect(asked.map(({ url }) => new URL(url).search)).toEqual(['', '?cursor=x', '?cursor=y']);
  });
});
