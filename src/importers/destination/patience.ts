import type { Clock } from '../../clock/clock.js';

/** How often a request is sent, how long to wait in between where the answer does not say, and how long at most (ms). */
export interface Patience {
  tries: number;
  waitMs: number;
  longestWaitMs: number;
}

/** Repeats a request for which the rate limit, or a busy service, asks for some patience. */
export async function withPatience(
  clock: Pick<Clock, 'sleep'>,
  { tries, waitMs, longestWaitMs }: Patience,
  send: () => Promise<Response>,
): Promise<Response> {
  for (let tried = 1; ; tried++) {
    const answer = await send();
    if ((answer.status !== 429 && answer.status !== 503) || tried === tries) return answer;
    const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
    await answer.body?.cancel();
    await clock.sleep(seconds >= 0 ? Math.min(seconds * 1000, longestWaitMs) : waitMs);
  }
}
