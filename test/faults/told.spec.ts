import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { RunMessage, TaskMessage } from '../../src/domain/lifecycle-message.js';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { HostProcess } from './host-process.js';

const PROGRAM = fileURLToPath(new URL('./told-host.js', import.meta.url));
const ENCRYPTION_KEYS = `test:${randomBytes(32).toString('base64')}`;
const ENGINE = { lockLifeMs: 1500, heartbeatMs: 300 };
const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 40_000;

type Message = RunMessage | TaskMessage;

describeOnEachStore('what is told when an instance is killed', (open) => {
  let store: TemporaryStore;
  let folder: string;
  let hosts: HostProcess[];

  beforeEach(async () => {
    store = await open();
    folder = await mkdtemp(join(tmpdir(), 'told-'));
    hosts = [];
  });
  afterEach(async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    await store.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (options: object = {}): Promise<HostProcess> => {
    const file = join(folder, 'told');
    const settings = { encryptionKeys: ENCRYPTION_KEYS, storeUrl: store.url, engine: ENGINE, file };
    const host = new HostProcess(PROGRAM, { ...settings, ...options });
    hosts.push(host);
    await host.ready;
    return host;
  };
  const told = async (): Promise<Message[]> => {
    const text = await readFile(join(folder, 'told'), 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Message]));
  };
  const until = async (isEnough: (messages: readonly Message[]) => boolean): Promise<Message[]> => {
    for (const end = Date.now() + PATIENCE_MS; ; await wait(LOOK_EVERY_MS)) {
      const messages = await told();
      if (isEnough(messages)) return messages;
      if (Date.now() > end) throw new Error(`It was only told of ${messages.map(({ type }) => type).join(', ')}.`);
    }
  };
  const stepsOf = (messages: readonly Message[], runId: string): string[] =>
    messages.flatMap((message) => ('runId' in message && message.runId === runId ? [message.type] : []));

  it.each(['before it is told', 'before it is noted that it was told'])(
    'reaches its consumer at least once and under one id: %s',
    async (dieAt) => {
      const first = await start({ dieAt });
      const action = (name: string) => ({ type: 'handler', name });
      const retry = { maxAttempts: 2, backoff: 'fixed', baseDelayMs: 100 };
      const many = { overlap: 'allow', retry, triggers: [{ type: 'manual' }] };
      const task = (name: string) => ({ task: { name, action: action(name), ...many } });
      const works = await first.ask<string>('schedule', task('work'));
      const fails = await first.ask<string>('schedule', task('fail'));
      void first.ask<string[]>('runNow', { ids: [works, works, fails] });
      await first.gone;

      const second = await start();
      const more = await second.ask<string[]>('runNow', { ids: [works, fails] });
      await second.ask('remove', { id: works });
      const isTold = (messages: readonly Message[]) =>
        messages.some((message) => message.type === 'task.changed' && message.change === 'deleted');
      await until(isTold);
      const ended = await until((messages) => {
        const runs = new Set(messages.flatMap((message) => ('runId' in message ? [message.runId] : [])));
        const areEnded = [...runs, ...more].every((id) => stepsOf(messages, id).some((type) => ENDS.has(type)));
        return areEnded && runs.size >= 3;
      });

      const byStep = new Map<string, Set<string>>();
      for (const message of ended) {
        const step = 'runId' in message ? `${message.runId} ${message.type} ${message.attempt}` : `${message.taskId} ${message.change} ${message.generation}`; // prettier-ignore
        byStep.set(step, (byStep.get(step) ?? new Set()).add(message.id));
      }
      expect([...byStep.values()].filter(({ size }) => size !== 1)).toEqual([]);
      expect([...byStep.keys()]).toContain(`${works} created 1`);
      const runs = [...new Set(ended.flatMap((message) => ('runId' in message ? [message.runId] : [])))];
      const states = await second.ask<string[]>('states', { ids: runs });
      for (const [index, id] of runs.entries()) {
        expect(stepsOf(ended, id)).toContain(`run.${states[index]}`);
        if (states[index] === 'failed') expect(stepsOf(ended, id)).toContain('run.retrying');
        if (states[index] !== 'cancelled') expect(stepsOf(ended, id)).toContain('run.started');
      }
    },
    PATIENCE_MS * 2,
  );
});

const ENDS = new Set(['run.succeeded', 'run.failed', 'run.timed_out', 'run.cancelled', 'run.skipped', 'run.missed']);
