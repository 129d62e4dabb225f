import type { RetentionSettings } from '../settings/settings.js';
import type { InstanceWork } from './instance-work.js';
import type { LimitedPlace } from './places.js';
import type { Sighting } from './presence.js';
import type { HeldUp } from './slots.js';
import type { InstanceVitals } from './vitals.js';

/** One process of the runner, as other instances see it. Instants are epoch milliseconds. */
export interface Instance {
  /** Random for each boot, so that a restarted process is never mistaken for its predecessor. */
  id: string;
  version: string;
  startedAt: number;
  /** When the instance last wrote its entry, by its own clock. Its lock, not this, decides whether it is alive. */
  heartbeatAt: number;
  /** The number of runs that it works on, and its maximum. */
  running: number;
  concurrency: number;
  /** Set while the instance stops: it finishes its runs, and others take its tasks. */
  leaving?: boolean;
  /** What it works; instances of older versions do not tell. */
  work?: InstanceWork;
  /** Organizations that recently had work here; for instances only, since it names organizations. */
  present?: readonly Sighting[];
  /** Organizations that the rules for sharing slots keep waiting; for instances only, like `present`. */
  heldUp?: readonly HeldUp[];
  /** The limited places of queues and handlers, all taken, that it lately refused; instances of older versions tell none. */
  fullPlaces?: readonly LimitedPlace[];
  /** Marks of the tasks that its code declares (`Declarations`); for instances only. */
  declares?: readonly string[];
  /** How long it keeps finished objects; instances of older versions do not tell. */
  retention?: RetentionSettings;
  /** The version of the installation's settings by which it works; 0 while none were ever stored. */
  settingsVersion?: number;
  /** How its process fares; instances of older versions do not tell. */
  vitals?: InstanceVitals;
}

/** Stores the entries of instances. */
export abstract class InstanceStore {
  /** Writes or overwrites the instance's own entry. */
  abstract put(instance: Instance): Promise<void>;

  abstract list(): Promise<Instance[]>;

  /** Removes everything that these instances stored. */
  abstract remove(ids: readonly string[]): Promise<void>;

  /**
   * Records that an instance may start what is due by `until` (epoch ms) and was claimed ahead. The limit never
   * decreases, whatever the order of writes.
   */
  abstract raiseStartLimit(id: string, until: number): Promise<void>;

  /** The latest limit of each of these instances; instances without one are missing. */
  abstract startLimits(ids: readonly string[]): Promise<Map<string, number>>;
}
