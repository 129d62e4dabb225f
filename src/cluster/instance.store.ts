import type { Sighting } from '../scheduling/presence.js';
import type { HeldUp } from '../scheduling/slots.js';

/** One process of the runner, as the others see it. Instants are epoch milliseconds. */
export interface Instance {
  /** Random for each boot, so that a restarted process is never taken for its predecessor. */
  id: string;
  version: string;
  startedAt: number;
  /** When it last wrote this, by its own clock; whether it lives is decided by its lock. */
  heartbeatAt: number;
  /** Runs that it is working on, and how many it takes at the most. */
  running: number;
  concurrency: number;
  /** Set by one that is stopping: it finishes its runs, and its tasks are for the others. */
  leaving?: boolean;
  /** Whose work it lately had; for the instances alone, for they name organizations. */
  present?: readonly Sighting[];
  /** Organizations that wait for places by the rules of sharing them; as `present`. */
  heldUp?: readonly HeldUp[];
}

/** Keeps what the instances say of themselves. */
export abstract class InstanceStore {
  /** Writes or overwrites the instance's own entry. */
  abstract put(instance: Instance): Promise<void>;

  abstract list(): Promise<Instance[]>;

  /** Removes all that these instances said. */
  abstract remove(ids: readonly string[]): Promise<void>;

  /**
   * Says that an instance may begin what is due by `until` (epoch ms) and was claimed ahead. What it said before holds on,
   * in whichever order this is written.
   */
  abstract raiseStartLimit(id: string, until: number): Promise<void>;

  /** The latest that each of these instances said so; nothing for one that has said none. */
  abstract startLimits(ids: readonly string[]): Promise<Map<string, number>>;
}
