import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from '../rest/rest-world.js';

/** Lists with more than one page, each with filters that do not change their contents. */
const LISTS = [
  '/v1/tasks?',
  '/v1/tasks?state=active',
  '/v1/tasks?q=task',
  '/v1/tasks?sort=name',
  '/v1/tasks?sort=nextRunAt&order=desc',
  '/v1/tasks?health=never&health=ok&health=failing&health=overdue',
  '/v1/runs?',
  '/v1/runs?trigger=manual',
  '/v1/runs?from=2020-01-01T00:00:00Z',
  '/v1/audit?',
  '/v1/audit?to=2030-01-01T00:00:00Z',
  '/v1/api-keys?',
];

let world: RestWorld;
let lists: string[];
let cursors: Map<string, string>;

beforeAll(async () => {
  world = await RestWorld.start();
  const [one, other] = [await world.finishedRun(), await world.finishedRun()];
  for (const name of ['a', 'b']) await world.ask('POST /v1/api-keys', { body: { name, roles: ['viewer'] } });
  const { id } = await world.task({ triggers: [{ type: 'cron', expression: '* * * * * *' }] });
  await world.clock.advance(3000);
  const ofOne = [one, other].map((run) => `/v1/runs/${run.id}/log?`);
  lists = [...LISTS, ...ofOne, `/v1/tasks/${id}/occurrences?`, `/v1/tasks/${id}/occurrences?from=2020-01-01T00:00:00Z`];
  cursors = new Map(
    await Promise.all(lists.map(async (list): Promise<[string, string]> => [list, await cursorOf(list)])),
  );
});
afterAll(() => world.stop());

async function cursorOf(list: string): Promise<string> {
  const { body } = await world.ask(`GET ${list}&limit=1`);
  if (typeof body.nextCursor !== 'string') throw new Error(`${list} has one page: ${JSON.stringify(body)}`);
  return body.nextCursor;
}

describe('a cursor', () => {
  it('goes on in the list that it is of, whatever the limit', async () => {
    for (const [list, cursor] of cursors) {
      const all = (await world.ask(`GET ${list}`)).body.items;
      const rest = (await world.ask(`GET ${list}&limit=200&cursor=${cursor}`)).body.items;
      expect({ list, rest }).toEqual({ list, rest: all.slice(1) });
    }
  });

  it('is refused by every other list, and by the same one with other filters', async () => {
    for (const list of lists) {
      for (const [origin, cursor] of cursors) {
        if (origin === list) continue;
        const { status, body } = await world.ask(`GET ${list}&cursor=${cursor}`);
        expect({ list, origin, status, parameter: body.errors?.[0]?.parameter }).toEqual({
          ...{ list, origin },
          ...{ status: 400, parameter: 'cursor' },
        });
      }
    }
  });

  it('is refused when anything of it is changed', async () => {
    for (const [list, cursor] of cursors) {
      const text = Buffer.from(cursor, 'base64url').toString();
      const forged = [
        text.slice(1),
        `${text} `,
        text.replace('.', ''),
        text.slice(text.indexOf('.') + 1),
        `AAAAAAAA${text.slice(8)}`,
        text.slice(0, 9),
      ].map((changed) => Buffer.from(changed).toString('base64url'));
      for (const bad of [...forged, `${cursor}=`, '', '.', cursor.toUpperCase(), '%00', 'a'.repeat(301)]) {
        expect({ list, bad, status: (await world.ask(`GET ${list}&cursor=${bad}`)).status }).toMatchObject({
          status: 400,
        });
      }
    }
  });
});
