import type { TaskInput } from '../../../src/domain/task-definition.js';
import type { PoolSize } from '../../../src/domain/resources.js';
import type { Random } from './random.js';
import { POOL } from './task-kinds.js';

/** The pool with a rate, which some simulated tasks need for their starts. */
export const RATE = { name: 'rate', capacity: 2, perMs: 1500 } as const;

/** What limits the starts of a world beside its slots: in some worlds a rate, and places of handlers and of a queue. */
export class Limiting {
  /** How many calls of each handler an instance may make at a time; undefined for any number. */
  readonly perHandler: number | undefined;
  /** How many runs of a queue may be under way on an instance at a time, by the queue. */
  readonly perQueue: Readonly<Record<string, number>>;
  /** How many runs that wait for units an instance keeps in memory; undefined for as many as there may be. */
  readonly waitingInMemory: number | undefined;
  private readonly hasRate: boolean;
  private readonly random: Random;

  /** `share` is how many worlds have each kind of limit, from 0 to 1. */
  constructor(share: number, random: Random) {
    this.hasRate = random.fork('rate').chance(share);
    const room = random.fork('room');
    this.waitingInMemory = this.hasRate && room.chance(0.5) ? room.whole(1, 4) : undefined;
    const places = random.fork('places');
    const hasPlaces = places.chance(share);
    this.perHandler = hasPlaces && places.chance(0.7) ? places.whole(1, 3) : undefined;
    this.perQueue = hasPlaces && places.chance(0.7) ? { default: places.whole(1, 3) } : {};
    this.random = random.fork('needs');
  }

  /** Whether what is due may have to wait for longer than the world lasts. */
  get isTight(): boolean {
    return this.perHandler !== undefined || Object.keys(this.perQueue).length > 0;
  }

  /** The pools of the organization. */
  get pools(): Record<string, PoolSize> {
    const { capacity, perMs } = RATE;
    return { [POOL.name]: POOL.capacity, ...(this.hasRate && { [RATE.name]: { capacity, perMs } }) };
  }

  /** The units that a new task needs, beside its own. */
  need({ resources }: Pick<TaskInput, 'resources'>): Pick<TaskInput, 'resources'> {
    if (!this.hasRate || this.random.chance(0.4)) return {};
    return { resources: { ...resources, [RATE.name]: this.random.whole(1, RATE.capacity) } };
  }
}
