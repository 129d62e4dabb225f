import type { Clock } from '../../../src/clock/clock.js';
import type { HandlerContext } from '../../../src/integrations/handler/handler-registry.js';
import type { Start } from './chronicle.js';
import { Random } from './random.js';

/** What the task says about its work. */
export interface Work {
  /** Grows with every change of the task. */
  version: number;
  /** About how long an attempt takes (ms). */
  meanMs: number;
  /** The share of attempts that fail. */
  failing: number;
}

/** Does the work of an attempt: takes a while, sometimes fails, and sometimes does not listen to its signal. */
export async function workOf(start: Start, { parameters, signal }: HandlerContext, clock: Clock): Promise<unknown> {
  const { meanMs, failing } = parameters as unknown as Work;
  const random = new Random(0).fork(`${start.runId} ${start.attempt}`);
  const isDeaf = random.chance(0.2);
  const tookMs = Math.min(random.exponential(meanMs), 4 * meanMs);
  try {
    await clock.sleep(tookMs, isDeaf ? undefined : signal);
    if (random.chance(failing)) throw new Error('the work failed');
    return { attempt: start.attempt };
  } finally {
    start.isOver = true;
  }
}
