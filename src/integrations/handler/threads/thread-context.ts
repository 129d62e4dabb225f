import type { HandlerContext } from '../handler-registry.js';

/** What the function of a thread learns of its attempt. All of it works there as it does in a handler. */
export type ThreadContext = Omit<HandlerContext, 'parameters'>;

/**
 * A function that works in a thread. Its input is what the handler returned, or else the parameters of the task; its
 * result becomes the run's output. Both pass from thread to thread, so they are data.
 */
export type ThreadHandler<Input = unknown> = (input: Input, context: ThreadContext) => unknown;
