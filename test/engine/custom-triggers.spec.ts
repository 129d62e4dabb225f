import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { z } from 'zod';
import {
  InvalidInputError,
  SettingsError,
  TaskRunnerModule,
  TriggerFault,
  UnknownTriggerTypeError,
  type TriggerType,
} from '../../src/index.js';

import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { listed } from '../support/listed-timetable.js';

const moonTriggerSchema = z.strictObject({ type: z.literal('acme:full-moon'), offsetMs: z.int().default(0) });
type MoonTrigger = z.infer<typeof moonTriggerSchema>;

const MOONS = [T0 + 3000, T0 + 6000, T0 + 9000];

const fullMoon: TriggerType<MoonTrigger> = {
  type: 'acme:full-moon',
  schema: moonTriggerSchema,
  timetable({ offsetMs }) {
    if (Math.abs(offsetMs) > 1500) throw new TriggerFault('/offsetMs', 'must be within half the way to the next moon');
    return listed(MOONS.map((at) => at + offsetMs));
  },
  describe: ({ offsetMs }) => `At full moon, and ${offsetMs} ms`,
};

/** A type whose schema comes from no library. */
const odd: TriggerType<{ type: 'acme:odd'; deep: { value: number } }> = {
  type: 'acme:odd',
  schema: {
    '~standard': {
      validate: (value) => {
        const { deep } = value as { deep?: { value?: unknown } };
        if (typeof deep?.value === 'number') return { value: { type: 'acme:odd', deep: { value: deep.value } } };
        return { issues: [{ message: 'must be a number', path: ['deep', { key: 'value' }] }] };
      },
    },
  },
  timetable: ({ deep }) => listed([T0 + deep.value]),
  describe: () => 'Oddly',
};

const triggerTypes = [fullMoon, odd];
const moon = (fields: Partial<MoonTrigger> = {}) => ({ type: 'acme:full-moon' as const, ...fields });

async function faultsOf(promise: Promise<unknown>) {
  const error = await promise.then(() => null).catch((reason: unknown) => reason);
  if (!(error instanceof InvalidInputError)) throw new Error(`not refused: ${String(error)}`);
  return error.faults;
}

describeEngine('trigger types of the host', (world) => {
  it('drive tasks like built-in ones, beside them and with their own defaults', async () => {
    const { scheduler } = await world().boot({ triggerTypes });
    const task = await scheduler.schedule(work({ triggers: [moon(), every(4000)] }));
    expect(task.definition.triggers[0]).toEqual({ type: 'acme:full-moon', offsetMs: 0 });
    const strange = await scheduler.schedule(work({ triggers: [{ type: 'acme:odd', deep: { value: 2500 } }] }));
    await world().advance(10_000);
    const instants = (id: string) => world().workshop.of(id).map(({ at }) => at - T0); // prettier-ignore
    expect(instants(task.id)).toEqual([3000, 4000, 6000, 8000, 9000]);
    expect(instants(strange.id)).toEqual([2500]);
    expect((await scheduler.get(strange.id)).state).toBe('completed');
  });

  it('are checked by their own schema and timetable, with pointers into the task', async () => {
    const { scheduler } = await world().boot({ triggerTypes });
    const triggers = [
      { type: 'manual' as const },
      { ...moon(), colour: 'red' },
      moon({ offsetMs: 5000 }),
      { type: 'acme:odd' as const, deep: {} },
      { type: 'acme:tides' as const },
    ];
    const faults = await faultsOf(scheduler.schedule(work({ name: '', triggers })));
    expect(faults.map(({ pointer }) => pointer)).toEqual([
      '/name',
      '/triggers/1/colour',
      '/triggers/2/offsetMs',
      '/triggers/3/deep/value',
      '/triggers/4/type',
    ]);
    expect(faults.at(-1)?.detail).toMatch('cron, interval, once, rrule, event, manual, acme:full-moon, acme:odd');
  });

  it('leave a task alone on an instance that does not know its type, and run it on one that does', async () => {
    const knowing = await world().boot({ triggerTypes });
    const task = await knowing.scheduler.schedule(work({ triggers: [moon()] }));
    const late = await knowing.scheduler.schedule(
      work({ triggers: [{ type: 'once', at: new Date(T0 + 3200).toISOString() }] }),
    );
    await knowing.stop();
    await world().advance(4000);
    // With a single slot, the unknown task is the first of the overdue ones, and must not block the others.
    const other = await world().boot({ engine: { concurrency: 1 } });
    await world().until(() => world().workshop.of(late.id).length > 0);
    expect(world().clock.now()).toBeLessThan(T0 + 6000);
    expect(world().workshop.of(task.id)).toEqual([]);
    expect((await other.scheduler.get(task.id)).next?.scheduledFor).toBe(T0 + 3000);
    const warnings = world().logged.filter((line) => line.includes('left to other instances'));
    expect(warnings).toEqual([expect.stringContaining('has not registered the trigger type "acme:full-moon"')]);
    await expect(other.tasks.change('default', task.id, { name: 'x' })).rejects.toThrow(UnknownTriggerTypeError);
    await expect(other.tasks.nextRuns('default', task.id, 3)).rejects.toThrow(UnknownTriggerTypeError);
    const paused = await other.tasks.pause('default', task.id, { reason: 'x', until: T0 + 5900 });
    expect(paused.state).toBe('paused');
    await world().advance(T0 + 7500 - world().clock.now());
    expect((await other.scheduler.get(task.id)).state).toBe('paused');

    await world().boot({ triggerTypes });
    await world().until(() => world().workshop.of(task.id).length > 0);
    await world().advance(4000);
    const runs = await world().runsOf(task);
    expect(runs.map(({ scheduledFor, state }) => [scheduledFor - T0, state])).toEqual([
      [6000, 'succeeded'],
      [9000, 'succeeded'],
    ]);
  });
});

describe('registration', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'registration-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const encryptionKeys = `test:${Buffer.alloc(32, 7).toString('base64')}`;
  const booted = (types: readonly TriggerType[]) =>
    Test.createTestingModule({
      imports: [
        TaskRunnerModule.forRoot({ storeUrl: `file:${join(folder, 'tasks.db')}`, encryptionKeys, triggerTypes: types }),
      ],
    });

  it.each([
    ['without a colon', [{ ...fullMoon, type: 'moon' }], 'must be like "acme:full-moon"'],
    ['that is built in', [{ ...fullMoon, type: 'cron' }], 'must be like "acme:full-moon"'],
    ['that is taken', [fullMoon, { ...fullMoon }], 'twice'],
  ])('refuses a name %s', async (_, types, message) => {
    await expect(booted(types as unknown as TriggerType[]).compile()).rejects.toThrow(SettingsError);
    await expect(booted(types as unknown as TriggerType[]).compile()).rejects.toThrow(message);
  });
});
