import { AsyncLocalStorage } from 'node:async_hooks';

/** Who makes a change, and from where. */
export interface Actor {
  /** `user`: a token; `api-key`: a service account; `webhook`: a sender; `module`: the host application; `engine`: the runner itself. */
  type: 'user' | 'api-key' | 'webhook' | 'module' | 'engine';
  /** The token's subject, the id of the key or the source; else the type. */
  id: string;
  roles: readonly string[];
  /** The caller's network address; null where there is none. */
  address: string | null;
  requestId: string | null;
}

const MODULE: Actor = { type: 'module', id: 'module', roles: [], address: null, requestId: null };

/** What the engine does by itself. It names this actor, for it often works in the wake of somebody's request. */
export const ENGINE: Actor = { type: 'engine', id: 'engine', roles: [], address: null, requestId: null };

const current = new AsyncLocalStorage<Actor>();

/**
 * Does the work in the name of `actor`. A request sets it once, so that the services need no parameter for it; what a
 * host application calls without it is the module's doing.
 */
export const actingAs = <Result>(actor: Actor, work: () => Result): Result => current.run(actor, work);

/** In whose name this is being done. */
export const currentActor = (): Actor => current.getStore() ?? MODULE;
