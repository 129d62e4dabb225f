import { AsyncLocalStorage } from 'node:async_hooks';

export const ACTOR_TYPES = ['user', 'api-key', 'webhook', 'module', 'engine'] as const;

/** Who makes a change, and from where. */
export interface Actor {
  /** `user`: a token; `api-key`: a service account; `webhook`: a sender; `module`: the host application; `engine`: the runner itself. */
  type: (typeof ACTOR_TYPES)[number];
  /** The token's subject, or the id of the key or source; otherwise the type. */
  id: string;
  roles: readonly string[];
  /** The caller's network address; null when there is none. */
  address: string | null;
  requestId: string | null;
}

const MODULE: Actor = { type: 'module', id: 'module', roles: [], address: null, requestId: null };

/**
 * Work that the engine does on its own. It sets this actor explicitly, since it often works during somebody's request.
 */
export const ENGINE: Actor = { type: 'engine', id: 'engine', roles: [], address: null, requestId: null };

const current = new AsyncLocalStorage<Actor>();

/**
 * Does the work on behalf of `actor`. A request sets the actor once, so that services need no parameter for it; calls
 * of a host application that set none count as the module's.
 */
export const actingAs = <Result>(actor: Actor, work: () => Result): Result => current.run(actor, work);

/** The actor on whose behalf the present work is done. */
export const currentActor = (): Actor => current.getStore() ?? MODULE;
