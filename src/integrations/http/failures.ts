import type { Clock } from '../../clock/clock.js';
import type { JsonObject } from '../../domain/json.js';
import { ActionError } from '../action.js';
import { retryAfterMs } from './retry-after.js';

/** Statuses below 500 after which another attempt may succeed: what was asked for came too slowly, too early or too often. */
const TRANSIENT = [408, 425, 429];

/**
 * The failure for an answer that was not expected: `http-<status>`. Another attempt helps after 408, 425, 429 and 5xx;
 * after any other status only if the retry policy lists it.
 */
export function statusFailure(
  status: number,
  retryAfter: string | undefined,
  clock: Clock,
  output?: JsonObject,
): ActionError {
  const wait = retryAfterMs(retryAfter, clock.now());
  return new ActionError(`http-${status}`, `The server answered ${status}.`, {
    status,
    ...(wait !== undefined && { retryAfterMs: wait }),
    ...(status < 500 && !TRANSIENT.includes(status) && { retryable: 'when-listed' as const }),
    ...(output && { output }),
  });
}

/** The failure for a network error; its code is that of the cause, such as `ECONNREFUSED`. */
export function networkFailure(error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  const code = codeOf(error) ?? 'network';
  const { message } = (error ?? {}) as { message?: unknown };
  const told = typeof message === 'string' && message !== '' ? message : `The call failed (${code}).`;
  return new ActionError(code, told, code === 'address-refused' ? { retryable: false } : {});
}

/** Looks inside the wrappers of undici and of `net`'s happy-eyeballs: causes, and the first of several errors. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  return codeOf(Array.isArray(errors) ? errors[0] : undefined) ?? codeOf(cause);
}
