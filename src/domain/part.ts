import { DEFAULT_QUEUE } from './queue.js';
import type { StoredNeed } from './need.js';

/** Some queues by name, or all but some. */
export type QueueChoice = { among: readonly string[] } | { except: readonly string[] };

/** A part of all tasks: of these queues, and with one of these skills, where null stands for tasks that need none. */
export interface Part {
  queues: QueueChoice;
  skills: readonly (string | null)[];
  /** Only in these shards; absent for all of them. */
  shards?: readonly number[];
}

/** Tasks and runs that a search leaves out: those of this organization, queue and skill, as far as these are given. */
export interface Exclusion {
  organization?: string;
  queue?: string;
  skill?: string;
}

/** All of an instance's tasks: by shards only, or as parts. */
export interface Portion {
  shards?: readonly number[] | undefined;
  parts?: readonly Part[] | undefined;
  /** What of these is left out; the store leaves out the first `MOST_EXCLUSIONS`. */
  without?: readonly Exclusion[] | undefined;
}

/** Whether everything is left out. */
export const leavesOutAll = (without: readonly Exclusion[]): boolean =>
  without.some(({ organization, queue, skill }) => (organization ?? queue ?? skill) === undefined);

/** How many exclusions a search is given at most. */
export const MOST_EXCLUSIONS = 200;

/** The portion without these, too. */
export const leavingOut = <Of extends Pick<Portion, 'without'>>(portion: Of, these: readonly Exclusion[]): Of =>
  these.length > 0 ? { ...portion, without: [...(portion.without ?? []), ...these] } : portion;

/** Whether what has this need, of the organization, is left out. */
export const isExcluded = (
  without: readonly Exclusion[],
  organization: string,
  { queue: named = DEFAULT_QUEUE, skill: needed }: StoredNeed,
): boolean =>
  without.some(
    ({ organization: owner = organization, queue = named, skill = needed }) =>
      owner === organization && queue === named && skill === needed,
  );

/** Whether a task or run with this need, in this shard, belongs to the part. */
export function isInPart({ queues, skills, shards }: Part, { queue, skill }: StoredNeed, shard?: number): boolean {
  const name = queue ?? DEFAULT_QUEUE;
  const isOfQueues = 'among' in queues ? queues.among.includes(name) : !queues.except.includes(name);
  if (!isOfQueues || !skills.includes(skill ?? null)) return false;
  return shards === undefined || shard === undefined || shards.includes(shard);
}
