import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock/clock.js';
import { messageOf } from '../../domain/thrown.js';
import { EXIT, FailedError } from '../terminal/exit.js';

type Send = (request: Request) => Promise<Response>;

/** How often a request is repeated that came too early, and how long to wait when the answer does not say (ms). */
const MOST_TRIES = 8;
const WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** How long an answer may take to begin. */
const PATIENCE_MS = 60_000;

/**
 * Sends requests: repeats those for which the rate limit, or a busy service, asks for some patience, and says in a
 * sentence that nobody answers.
 */
export function patient(clock: Clock, send: Send): Send {
  return async (request) => {
    // So that a repetition is none for the service, whatever became of the first.
    if (request.method !== 'GET') request.headers.set('idempotency-key', randomUUID());
    for (let tries = 1; ; tries++) {
      const answer = await sent(clock, send, request.clone());
      if ((answer.status !== 429 && answer.status !== 503) || tries === MOST_TRIES) return answer;
      const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
      await answer.body?.cancel();
      await clock.sleep(seconds >= 0 ? Math.min(seconds * 1000, LONGEST_WAIT_MS) : WAIT_MS);
    }
  };
}

/** Sends a request once. @throws FailedError when nobody answers */
export async function sent(clock: Clock, send: Send, request: Request): Promise<Response> {
  const late = new AbortController();
  const timer = clock.after(PATIENCE_MS, () => late.abort(new Error('it takes too long')));
  try {
    return await send(new Request(request, { signal: AbortSignal.any([request.signal, late.signal]) }));
  } catch (error) {
    if (request.signal.aborted) throw error;
    const { origin } = new URL(request.url);
    throw new FailedError(`The service at ${origin} does not answer: ${messageOf(error)}.`, EXIT.away);
  } finally {
    timer.cancel();
  }
}
