import { Pool } from 'undici';
import { Service, token } from '../service.js';

const CONNECTIONS = 64;

/** How many tasks per second the service stores by REST, with one request for each. */
export async function storeByRest(contender, { count = 10_000 }) {
  const service = await Service.start(await contender.freshStore());
  const pool = new Pool(service.url, { connections: CONNECTIONS });
  const headers = { authorization: `Bearer ${token()}`, 'content-type': 'application/json' };
  const at = new Date(Date.now() + 604_800_000).toISOString();
  const body = JSON.stringify({ name: 'later', triggers: [{ type: 'once', at }], action: { type: 'noop' } });
  const store = async () => {
    const answer = await pool.request({ path: '/v1/tasks', method: 'POST', headers, body });
    const text = await answer.body.text();
    if (answer.statusCode !== 201) throw new Error(`${answer.statusCode} ${text}`);
  };
  try {
    const began = performance.now();
    let left = count;
    const client = async () => {
      while (left-- > 0) await store();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, client));
    return { perSecond: count / ((performance.now() - began) / 1000) };
  } finally {
    await pool.close();
    await service.stop();
  }
}
