import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { describeOnEachStore } from '../e2e/each-store.js';
import { ROUNDS } from './fault-world.js';
import { HostProcess } from './host-process.js';

const PROGRAM = fileURLToPath(new URL('./replica-host.js', import.meta.url));
const ENCRYPTION_KEYS = `test:${randomBytes(32).toString('base64')}`;
const REPLICAS = 3;
/** How long the replicas are watched once all are ready, and how late a run may start (ms). */
const WATCHED_MS = 4000;
const MOST_LATE_MS = 250;
const SECOND_MS = 1000;

interface ReportedRun {
  scheduledFor: number;
  state: string;
  latenessMs: number | null;
}

interface Job {
  name: string;
  runs: ReportedRun[];
}

/** The seconds that have no run, from the first run to the last. */
function missing(runs: readonly ReportedRun[]): number[] {
  const instants = new Set(runs.map(({ scheduledFor }) => scheduledFor));
  const first = Math.min(...instants);
  const count = (Math.max(...instants) - first) / SECOND_MS;
  return Array.from({ length: count }, (_, second) => first + second * SECOND_MS).filter((at) => !instants.has(at));
}

describeOnEachStore('replicas that boot together', (open) => {
  it(
    'start each occurrence of their jobs once and on time',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const store = await open();
        const options = { storeUrl: store.url, encryptionKeys: ENCRYPTION_KEYS };
        const replicas = Array.from({ length: REPLICAS }, () => new HostProcess(PROGRAM, options));
        try {
          const ready = await Promise.all(replicas.map((replica) => replica.ready));
          await sleep(WATCHED_MS);
          const jobs = await replicas[0]!.ask<Job[]>('report');
          expect(jobs.map(({ name }) => name).sort()).toEqual(['declared', 'early', 'usual']);
          for (const { name, runs } of jobs) {
            const ended = runs.filter(({ state }) => state !== 'pending' && state !== 'running');
            expect(ended.length).toBeGreaterThanOrEqual(WATCHED_MS / SECOND_MS - 1);
            expect({ name, missing: missing(ended) }).toEqual({ name, missing: [] });
            // What a host schedules before its start has come to the runner has to wait for that.
            const onTime = name === 'early' ? ended.filter((run) => run.scheduledFor >= Math.min(...ready)) : ended;
            const bad = onTime.filter(({ state, latenessMs }) => state !== 'succeeded' || latenessMs! > MOST_LATE_MS);
            expect({ name, bad }).toEqual({ name, bad: [] });
          }
        } finally {
          await Promise.all(replicas.map((replica) => replica.stop()));
          await store.drop();
        }
      }
    },
    60_000 * ROUNDS,
  );
});
