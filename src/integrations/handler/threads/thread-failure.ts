import { codeOf, messageOf } from '../../../domain/thrown.js';
import { ActionError } from '../../action.js';
import type { ThreadEnd } from './thread-messages.js';

/** What the function of a thread threw, as an error of this thread. */
export function thrownThere({ message, code, stack }: Extract<ThreadEnd, { thrown: unknown }>['thrown']): Error {
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}

/** Says in a sentence why a call failed, where the function itself did not. */
export function failureInWords(handler: string, error: unknown): unknown {
  const thread = `The thread of the handler ${JSON.stringify(handler)}`;
  const message = messageOf(error);
  if ((error as { name?: unknown } | null)?.name === 'DataCloneError')
    return new ActionError('not-cloneable', `${thread} cannot be given its input, which must be data: ${message}`, {
      retryable: false,
    });
  if (codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY')
    return new ActionError('thread-out-of-memory', `${thread} was ended at the limit of its memory.`);
  if (message.startsWith('worker exited with code'))
    return new ActionError('thread-exited', `${thread} ended before the function did: ${message}.`);
  if (message === 'Terminating worker thread')
    return new ActionError('thread-exited', `${thread} was ended with the application.`);
  return error;
}
