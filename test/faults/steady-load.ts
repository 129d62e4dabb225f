import { expect } from '@jest/globals';
import type { Call } from '../e2e/callee.js';
import type { FaultWorld } from './fault-world.js';

/** How many tasks a load has, and how often each is due (ms). */
const TASKS = 16;
const EVERY_MS = 500;
/** How far ahead the first occurrence lies, so that all tasks are stored before it (ms). */
const AHEAD_MS = 2000;

/** Tasks that are due again and again for some time, so that their occurrences can be counted. */
export class SteadyLoad {
  private constructor(
    private readonly world: FaultWorld,
    readonly taskIds: string[],
    /** The nominal times of each task (epoch ms). */
    readonly instants: number[],
  ) {}

  /** Stores the tasks, which will be due for `seconds` seconds. */
  static async begin(world: FaultWorld, seconds: number): Promise<SteadyLoad> {
    const begin = Math.ceil((Date.now() + AHEAD_MS) / 1000) * 1000;
    const [startAt, endAt] = [begin, begin + seconds * 1000].map((at) => new Date(at).toISOString());
    const tasks = Array.from({ length: TASKS }, (_, index) => ({
      name: `load ${index}`,
      triggers: [{ type: 'interval', everyMs: EVERY_MS, anchorAt: startAt }],
      action: { type: 'http', url: world.callee.urlOf(`/load/${index}`) },
      overlap: 'allow',
      misfire: { policy: 'fire-all', graceMs: 1000 },
      // A connection that breaks with its process is no reason to give up.
      retry: { maxAttempts: 10, baseDelayMs: 100, jitter: 0 },
      ...{ startAt, endAt },
    }));
    const { status, body } = await world.services[0]!.call<{ results: { task: { id: string } }[] }>(
      'POST',
      '/v1/tasks/batch',
      { tasks },
    );
    expect(status).toBe(200);
    const instants = Array.from({ length: (seconds * 1000) / EVERY_MS }, (_, index) => begin + index * EVERY_MS);
    return new SteadyLoad(
      world,
      body.results.map(({ task }) => task.id),
      instants,
    );
  }

  /** The calls made for this load. */
  get calls(): Call[] {
    return this.world.callee.calls.filter(({ path }) => path.startsWith('/load/'));
  }

  /** Resolves once this share of all due occurrences has been called. */
  async reaches(share: number): Promise<void> {
    const wanted = Math.floor(this.taskIds.length * this.instants.length * share);
    await this.world.callee.until(() => this.done >= wanted);
  }

  /** How many occurrences have been called at least once. */
  private get done(): number {
    return new Set(this.calls.map(({ runId }) => runId)).size;
  }
}
