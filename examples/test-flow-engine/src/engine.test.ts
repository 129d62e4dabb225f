import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FlowEngine } from './engine.js';

test('starts the flow of a run once, and keeps it over a restart', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'flows-')), 'flows.json');
  const start = async ({ url }: FlowEngine, attempt: number) => {
    const body = JSON.stringify({ runId: 'r1', attempt, parameters: {} });
    const answer = await fetch(`${url}/flows/smoke/runs`, { method: 'POST', body });
    return (await answer.json()) as { state: string };
  };
  const engine = await FlowEngine.start({ file });
  assert.deepEqual(await start(engine, 1), { state: 'running' });
  assert.deepEqual(await start(engine, 1), { state: 'running' });
  assert.equal(engine.started, 1);
  await engine.close();

  const again = await FlowEngine.start({ file });
  assert.deepEqual(again.runsIn('running'), ['r1']);
  await again.finish('r1', { state: 'failed', error: 'two of twelve' });
  assert.deepEqual(await start(again, 1), { state: 'failed', error: 'two of twelve' });
  assert.deepEqual(await start(again, 2), { state: 'running' });
  assert.equal(again.started, 1);
  await again.close();
});
