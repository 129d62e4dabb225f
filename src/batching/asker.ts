import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<AbortSignal | undefined>();

/** Does work that only reads, for somebody who may go away; `gone` fires then, and its reason is an error. */
export const askedBy = <Result>(gone: AbortSignal, work: () => Result): Result => current.run(gone, work);

/** Does work whose result others get, too, so that it does not depend on who asked first. */
export const askedByMany = <Result>(work: () => Result): Result => current.run(undefined, work);

/** Fires when whoever asked for the present work has gone, so that nothing has to wait for its turn any more. */
export const askerGone = (): AbortSignal | undefined => current.getStore();
