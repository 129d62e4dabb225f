import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock/clock.js';
import { messageOf } from '../../domain/thrown.js';
import { withPatience, type Patience } from '../../importers/destination/patience.js';
import { EXIT, FailedError } from '../terminal/exit.js';

type Send = (request: Request) => Promise<Response>;

const PATIENCE: Patience = { tries: 8, waitMs: 1000, longestWaitMs: 30_000 };
/** How long an answer may take to begin. */
const ANSWER_MS = 60_000;

/**
 * Sends requests: repeats those for which the rate limit, or a busy service, asks for some patience, and says in a
 * sentence that nobody answers.
 */
export function patient(clock: Clock, send: Send): Send {
  return async (request) => {
    // So that a repetition is none for the service, whatever became of the first.
    if (request.method !== 'GET') request.headers.set('idempotency-key', randomUUID());
    return withPatience(clock, PATIENCE, () => sent(clock, send, request.clone()));
  };
}

/** Sends a request once. @throws FailedError when nobody answers */
export async function sent(clock: Clock, send: Send, request: Request): Promise<Response> {
  const late = new AbortController();
  const timer = clock.after(ANSWER_MS, () => late.abort(new Error('it takes too long')));
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
