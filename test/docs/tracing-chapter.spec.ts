import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = readFileSync(join(root, 'docs/operations.md'), 'utf8');
const chapter = text.slice(text.indexOf('\n## Tracing\n'), text.indexOf('\n## Alerts\n'));
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

it('gives the service an SDK as docs/operations.md says, which gets the trace of a request', async () => {
  const [, name, module] = /```js\n\/\/ (\S+)\n(.*?)```/s.exec(chapter)!;
  const [, preload, tracing] = /NODE_OPTIONS='--import (\S+)' TRACING=(\w+) npm start/.exec(chapter)!;
  expect([preload, tracing]).toEqual([`./${name}`, 'true']);
  const folder = mkdtempSync(join(tmpdir(), 'traced-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, name!), module!);
  const env = { NODE_OPTIONS: `--import ${join(folder, name!)}`, TRACING: tracing!, LOG_LEVEL: 'info' };
  const child = ServiceProcess.spawn(`file:${join(folder, 'tasks.db')}`, env);
  try {
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const find = async (what: RegExp): Promise<string> => {
      for (;;) {
        const { value, done } = (await lines.next()) as { value: string; done?: boolean };
        if (done) throw new Error(`It is not told: ${what.source}`);
        const found = what.exec(value)?.[1];
        if (found !== undefined) return found;
      }
    };
    const url = await find(/listens on (http[^"\s]+\d)/);
    const headers = { authorization: `Bearer ${tokenFor('default')}`, 'content-type': 'application/json' };
    const post = async (path: string, body: object, more: object = {}) => {
      const answer = await fetch(`${url}${path}`, {
        ...{ method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) },
      });
      return (await answer.json()) as { id: string; traceId?: string };
    };
    const task = await post('/v1/tasks', { name: 'traced', triggers: [{ type: 'manual' }], action: { type: 'noop' } });
    const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
    const run = await post(`/v1/tasks/${task.id}/run`, {}, { traceparent });
    expect(run.traceId).toBe(TRACE);
    // The span of the attempt, as the SDK writes it.
    expect(await find(/traceId: '(\w+)'/)).toBe(TRACE);
    expect(await find(/name: '([^']+)'/)).toBe('process default');
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
});
