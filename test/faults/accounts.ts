import { expect } from '@jest/globals';
import type { Call } from '../e2e/callee.js';
import type { ServiceProcess } from '../e2e/service-process.js';
import type { SteadyLoad } from './steady-load.js';

interface Occurrence {
  scheduledFor?: string;
  from?: string;
  to?: string;
  count?: number;
  outcome: string;
}

export interface RunAnswer {
  id: string;
  state: string;
  attempt: number;
  scheduledFor: string;
  attempts: { number: number; instance: string; outcome: string; startedAt: string | null; finishedAt: string }[];
  output: { body?: { attempt: number } } | null;
}

/** How long runs may take to finish (ms). */
const PATIENCE_MS = 30_000;
const UNFINISHED = ['pending', 'running', 'retrying'];

/** Every run of the task, finished: the last call may have arrived before its end was written. */
export async function finishedRuns(service: ServiceProcess, taskId: string): Promise<RunAnswer[]> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const runs = await service.all<RunAnswer>(`/v1/runs?taskId=${taskId}`);
    const unfinished = runs.filter(({ state }) => UNFINISHED.includes(state));
    if (unfinished.length === 0) return runs;
    if (Date.now() > end) throw new Error(`These runs do not finish: ${JSON.stringify(unfinished)}`);
  }
}

/** Every occurrence of the load has exactly one outcome, and its calls are within the guarantees. */
export async function expectAccounted(service: ServiceProcess, load: SteadyLoad): Promise<void> {
  for (const taskId of load.taskIds) {
    const runs = await finishedRuns(service, taskId);
    const occurrences = await service.all<Occurrence>(`/v1/tasks/${taskId}/occurrences`);
    const told = occurrences.flatMap(({ scheduledFor, from, to }) =>
      scheduledFor === undefined ? between(load.instants, from!, to!) : [Date.parse(scheduledFor)],
    );
    expect(told.sort((a, b) => a - b)).toEqual(load.instants);
    expectAttempts(runs, load.calls);
  }
  const names = load.calls.map(({ path, scheduledFor, runId }) => [`${path} ${scheduledFor}`, runId] as const);
  // One run for each nominal time of each task.
  expect(new Set(names.map(([occurrence]) => occurrence)).size).toBe(new Set(names.map(([, runId]) => runId)).size);
}

/** What was acknowledged was done. */
export async function expectDone(
  service: ServiceProcess,
  { taskId, runIds }: { taskId: string; runIds: string[] },
  calls: readonly Call[],
): Promise<void> {
  const runs = await finishedRuns(service, taskId);
  const states = new Map(runs.map(({ id, state }) => [id, state]));
  expect(runIds.filter((id) => states.get(id) !== 'succeeded')).toEqual([]);
  expect(runIds.length).toBeGreaterThan(0);
  expectAttempts(runs, calls);
}

/** Each attempt was called at most once and has one number and one end. At most one attempt was accepted. */
function expectAttempts(runs: readonly RunAnswer[], calls: readonly Call[]): void {
  for (const { id, state, attempt, attempts, output } of runs) {
    expect(state).toBe('succeeded');
    expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1));
    expect(attempts.filter(({ outcome }) => outcome === 'succeeded')).toEqual([attempts.at(-1)]);
    expect(output?.body?.attempt).toBe(attempt);
    const called = calls.filter(({ runId }) => runId === id).map((call) => call.attempt);
    expect(called).toEqual([...new Set(called)]);
    expect(called.every((number) => number <= attempt)).toBe(true);
    expect(called).toContain(attempt);
  }
}

/** How late the latest of the calls due from `from` on was (ms). */
export const latest = (calls: readonly Call[], from = Number.NEGATIVE_INFINITY): number =>
  Math.max(0, ...calls.flatMap(({ at, scheduledFor }) => (scheduledFor >= from ? [at - scheduledFor] : [])));

const between = (instants: readonly number[], from: string, to: string): number[] =>
  instants.filter((at) => at >= Date.parse(from) && at <= Date.parse(to));
