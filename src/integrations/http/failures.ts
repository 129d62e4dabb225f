import type { Clock } from '../../clock/clock.js';
import { ActionError } from '../action.js';
import { retryAfterMs } from './retry-after.js';

/** The failure that an answer other than 2xx means: `http-<status>`. */
export function statusFailure(status: number, retryAfter: string | undefined, clock: Clock): ActionError {
  const wait = retryAfterMs(retryAfter, clock.now());
  const details = wait === undefined ? { status } : { status, retryAfterMs: wait };
  return new ActionError(`http-${status}`, `The server answered ${status}.`, details);
}

/** The failure behind an error of the network; its code is that of the cause, such as `ECONNREFUSED`. */
export function networkFailure(error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  const code = codeOf(error) ?? 'network';
  const { message } = (error ?? {}) as { message?: unknown };
  const told = typeof message === 'string' && message !== '' ? message : `The call failed (${code}).`;
  return new ActionError(code, told, code === 'address-refused' ? { retryable: false } : {});
}

/** Looks into what undici and the happy-eyeballs of `net` wrap: causes, and the first of several errors. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  return codeOf(Array.isArray(errors) ? errors[0] : undefined) ?? codeOf(cause);
}
