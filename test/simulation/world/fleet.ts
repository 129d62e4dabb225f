import {
  HandlerRegistry,
  type HandlerTraits,
  type TaskHandlerFunction,
} from '../../../src/integrations/handler/handler-registry.js';
import type { TaskInput } from '../../../src/domain/task-definition.js';
import type { SimulatedProcess } from './process.js';
import type { Random } from './random.js';
import type { SimulatedInstance } from './simulated-instance.js';

/** What an instance works. */
export interface Ability {
  work: boolean;
  /** Empty for all queues. */
  queues: string[];
  handlers: string[];
}

const EVERYTHING: Ability = { work: true, queues: [], handlers: ['work', 'other'] };
const USUAL: Ability = { work: true, queues: [], handlers: ['work'] };
const KINDS: readonly Ability[] = [
  EVERYTHING,
  USUAL,
  { work: true, queues: [], handlers: ['other'] },
  { work: true, queues: ['default'], handlers: ['work', 'other'] },
  { work: true, queues: ['heavy'], handlers: ['work'] },
  { work: true, queues: [], handlers: [] },
  { work: false, queues: [], handlers: ['work'] },
];

/** What the instances of a world work: in some worlds the same, in others each something else, which also changes. */
export class Fleet {
  private readonly abilities = new Map<SimulatedProcess, Ability>();
  private readonly changes = new Map<SimulatedProcess, number>();
  private hasEnded = false;
  /** What is known of all handlers; in some worlds they must show signs of life, which they do not, or have places. */
  readonly traits: HandlerTraits;

  constructor(
    /** Whether the instances are not alike. */
    readonly isUnlike: boolean,
    private readonly random: Random,
    /** How many calls of a handler may be under way on an instance. */
    concurrency?: number,
  ) {
    this.traits = {
      ...(random.fork('pulse').chance(0.3) && { heartbeatTimeoutMs: 700 }),
      ...(concurrency !== undefined && { concurrency }),
    };
  }

  /** What the next instance works. */
  next(process: SimulatedProcess): Ability {
    const picked = !this.isUnlike ? USUAL : this.hasEnded ? EVERYTHING : this.random.pick(KINDS);
    const ability = { ...picked, handlers: [...picked.handlers] };
    this.abilities.set(process, ability);
    return ability;
  }

  of(process: SimulatedProcess): Ability {
    return this.abilities.get(process)!;
  }

  /** When the ability of the process last changed (true time). */
  changedAt(process: SimulatedProcess): number {
    return this.changes.get(process) ?? Number.NEGATIVE_INFINITY;
  }

  /** What a new task needs. */
  need(): Pick<TaskInput, 'queue' | 'action'> | undefined {
    if (!this.isUnlike) return undefined;
    const action = { type: 'handler', name: this.random.pick(['work', 'work', 'other']) } as const;
    return { action, queue: this.random.pick(['default', 'default', 'heavy']) };
  }

  /** What a change makes a task need instead; nothing new in most of them. */
  otherNeed(): Pick<TaskInput, 'queue' | 'action'> | undefined {
    return this.isUnlike && this.random.chance(0.3) ? this.need() : undefined;
  }

  /** Gives an instance a handler that it has not, or takes away one that it has; returns which. */
  change({ process, assembly }: SimulatedInstance, handler: TaskHandlerFunction, now: number): string {
    const ability = this.of(process);
    const name = this.random.pick(['work', 'other']);
    const registry = assembly.get(HandlerRegistry);
    const hasIt = ability.handlers.includes(name);
    if (hasIt) registry.unregister(name);
    else registry.register(name, handler, this.traits);
    ability.handlers = hasIt ? ability.handlers.filter((each) => each !== name) : [...ability.handlers, name];
    this.changes.set(process, now);
    return `${hasIt ? 'loses' : 'gets'} the handler ${name}`;
  }

  /** When the next change comes (ms from now). */
  pauseMs(): number {
    return this.random.exponential(1200);
  }

  /** From now on nothing changes, and who comes can do everything. */
  end(): void {
    this.hasEnded = true;
  }

  get isOver(): boolean {
    return this.hasEnded;
  }
}
