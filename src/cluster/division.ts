import { boundedCache } from '../domain/bounded-cache.js';
import type { Need } from '../domain/need.js';
import type { Part, Portion, QueueChoice } from '../domain/part.js';
import { Capability, missingAmong, signatureOf, type InstanceWork, type Lack } from './instance-work.js';
import { ShardMap } from './shard-map.js';

/** From this many parts on a search is not divided by shards: what others mind is left out after it was read. */
const MOST_PARTS = 32;
const MOST_MAPS = 64;
const MOST_NEEDS = 1000;

/** An instance that shares the work, and what it tells that it works. */
export interface Member {
  id: string;
  work: InstanceWork | undefined;
}

interface Worker {
  id: string;
  capability: Capability;
}

/** What one instance looks for in the store: what it minds, and what others mind and it could run. */
export interface Portions {
  own: Portion;
  others: Portion;
}

/**
 * Divides the tasks among the instances that can run them: for each need those that meet it are ranked by rendezvous
 * hashing. Where all work the same, that is one division for everything.
 */
export class Division {
  /** Whether all instances that run tasks work the same. */
  readonly isAlike: boolean;
  /** Whether there are instances that take in tasks which they cannot run. */
  readonly isMixed: boolean;
  /** Whether all know the same trigger types, which the store cannot ask for. */
  private readonly knowsSameTriggers: boolean;
  private readonly workers: readonly Worker[];
  private readonly all: readonly string[];
  /** The queues that some instance names. */
  private readonly named: ReadonlySet<string>;
  private readonly maps = boundedCache<ShardMap>(MOST_MAPS);
  private readonly capable = boundedCache<readonly string[]>(MOST_NEEDS);

  constructor(
    members: readonly Member[],
    private readonly own: string,
  ) {
    const working = members.filter(({ work }) => work?.works ?? true);
    this.isMixed = new Set(members.map(({ work }) => signatureOf(work))).size > 1;
    this.isAlike = new Set(working.map(({ work }) => signatureOf(work))).size <= 1;
    this.knowsSameTriggers = new Set(working.map(({ work }) => work && [...work.triggerTypes].sort().join())).size <= 1;
    this.workers = working
      .map(({ id, work }) => ({ id, capability: new Capability(work) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    this.all = this.workers.map(({ id }) => id);
    this.named = new Set(this.workers.flatMap(({ capability }) => [...(capability.queues ?? [])]));
  }

  /** The instance's rank for a task in the shard, 0 for its owner; infinite where it does not meet the need. */
  rankOf(shard: number, need?: Need): number {
    const ids = need === undefined || this.isAlike ? this.all : this.capableOf(need);
    if (ids.length > 1) return this.mapOf(ids).rankOf(this.own, shard);
    return ids[0] === this.own ? 0 : Number.POSITIVE_INFINITY;
  }

  /** The shards in which the instance ranks first of all that run tasks; undefined where it is the only one. */
  get ownShards(): readonly number[] | undefined {
    if (this.all.length === 1 && this.all[0] === this.own) return undefined;
    return this.all.length > 1 ? this.mapOf(this.all).ownedBy(this.own) : [];
  }

  /**
   * What the instance looks for. While all work the same and `isFiltered` is false, that is said by shards alone, and
   * tasks that nobody can run are among them.
   */
  portions(isFiltered: boolean): Portions {
    const self = this.workers.find(({ id }) => id === this.own);
    if (!self) return { own: { parts: [] }, others: { parts: [] } };
    if (!this.isAlike) return this.portionsOf(self.capability);
    const map = this.all.length > 1 ? this.mapOf(this.all) : null;
    const [own, others] = [map?.ownedBy(this.own), map?.ownedByOthers(this.own) ?? []];
    if (!isFiltered) return { own: { shards: own }, others: { shards: others } };
    const whole = wholeOf(self.capability);
    return { own: { parts: [partIn(whole, own)] }, others: { parts: within(whole, others) } };
  }

  /** What is missing where no instance can run a task with this need; null where one can. */
  missingFor(need: Need): Lack | null {
    if (!this.isAlike && this.capableOf(need).length > 0) return null;
    return missingAmong(
      need,
      this.workers.map(({ capability }) => capability),
    );
  }

  /** The parts of the tasks that some instance can run; undefined where these are too many to be said. */
  get fleetReach(): Part[] | undefined {
    const kinds = new Map(this.workers.map(({ capability }) => [JSON.stringify(wholeOf(capability)), capability]));
    if (this.workers.some(({ capability }) => !capability.isKnown) || kinds.size > MOST_PARTS) return undefined;
    return [...kinds.values()].map(wholeOf);
  }

  /** The parts of the tasks that the instance can run, wherever they are; undefined where these are all. */
  reach(isFiltered: boolean): Part[] | undefined {
    const self = this.workers.find(({ id }) => id === this.own);
    if (!self) return [];
    return this.isAlike && !isFiltered ? undefined : [wholeOf(self.capability)];
  }

  private capableOf(need: Need): readonly string[] {
    const key = JSON.stringify([need.queue, need.skill, need.triggerTypes]);
    const known = this.capable.get(key);
    if (known) return known;
    const ids = this.workers.filter(({ capability }) => capability.meets(need)).map(({ id }) => id);
    this.capable.set(key, ids);
    return ids;
  }

  private mapOf(ids: readonly string[]): ShardMap {
    const key = ids.join();
    const known = this.maps.get(key);
    if (known) return known;
    const map = new ShardMap(ids);
    this.maps.set(key, map);
    return map;
  }

  private portionsOf(capability: Capability): Portions {
    const skills = this.grouped<string | null>([null, ...capability.skills], (skill) => this.withSkill(skill));
    const queues = this.grouped(this.queuesOf(capability), (queue) => this.withQueue(queue));
    if (skills.length * queues.length > MOST_PARTS || !this.knowsSameTriggers) {
      const whole = [wholeOf(capability)];
      return { own: { parts: whole }, others: { parts: whole } };
    }
    const own: Part[] = [];
    const others: Part[] = [];
    for (const ofQueues of queues) {
      for (const ofSkills of skills) {
        const ids = ofQueues.ids.filter((id) => ofSkills.ids.includes(id));
        const whole = { queues: this.choice(ofQueues.items), skills: ofSkills.items };
        if (ids.length === 1) own.push(whole);
        else {
          const map = this.mapOf(ids);
          own.push(...within(whole, map.ownedBy(this.own)));
          others.push(...within(whole, map.ownedByOthers(this.own)));
        }
      }
    }
    return { own: { parts: own }, others: { parts: others } };
  }

  /** The items that the same instances have, together. */
  private grouped<Item>(items: Iterable<Item>, idsOf: (item: Item) => string[]): { items: Item[]; ids: string[] }[] {
    const groups = new Map<string, { items: Item[]; ids: string[] }>();
    for (const item of items) {
      const ids = idsOf(item);
      const key = ids.join();
      const group = groups.get(key) ?? { items: [], ids };
      group.items.push(item);
      groups.set(key, group);
    }
    return [...groups.values()];
  }

  private withSkill(skill: string | null): string[] {
    return this.workers.filter(({ capability }) => capability.hasSkill(skill)).map(({ id }) => id);
  }

  private withQueue(queue: string | null): string[] {
    return this.workers.filter(({ capability }) => capability.worksQueue(queue)).map(({ id }) => id);
  }

  /** The queues that the instance works; null stands for all that no instance names. */
  private queuesOf({ queues }: Capability): (string | null)[] {
    return queues ? [...queues] : [...this.named, null];
  }

  private choice(queues: readonly (string | null)[]): QueueChoice {
    if (queues.includes(null)) return { except: [...this.named].filter((name) => !queues.includes(name)) };
    return { among: queues as readonly string[] };
  }
}

/** Everything that an instance can run, by what the store knows of it. */
const wholeOf = ({ queues, skills }: Capability): Part => ({
  queues: queues ? { among: [...queues] } : { except: [] },
  skills: [null, ...skills],
});

const partIn = (part: Part, shards: readonly number[] | undefined): Part => (shards ? { ...part, shards } : part);

const within = (part: Part, shards: readonly number[]): Part[] => (shards.length > 0 ? [{ ...part, shards }] : []);
