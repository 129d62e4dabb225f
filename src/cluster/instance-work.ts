import { COMMON_ACTIONS, handlerOf, handlerSkill, type Need } from '../domain/need.js';

/** What an instance works, as it tells the others. */
export interface InstanceWork {
  /** Whether it runs tasks at all. */
  works: boolean;
  /** The queues whose tasks it runs; null for all. */
  queues: readonly string[] | null;
  /** The types of action that it runs. */
  actions: readonly string[];
  /** The names of its handlers. */
  handlers: readonly string[];
  /** The trigger types of its host application. */
  triggerTypes: readonly string[];
}

/** What keeps an instance from running a task. */
export type Lack = { kind: 'work' | 'queue' | 'handler' | 'action' | 'trigger-type' | 'paused-queue'; name: string };

/** Decides what an instance can run. One that tells nothing, of an older version, takes everything. */
export class Capability {
  /** The queues that it works; null for all. */
  readonly queues: ReadonlySet<string> | null;
  readonly skills: ReadonlySet<string>;
  private readonly triggerTypes: ReadonlySet<string>;

  constructor(private readonly work: InstanceWork | undefined) {
    this.queues = work?.queues ? new Set(work.queues) : null;
    this.skills = new Set(work ? skillsOf(work) : []);
    this.triggerTypes = new Set(work?.triggerTypes);
  }

  /** Whether it tells what it works. */
  get isKnown(): boolean {
    return this.work !== undefined;
  }

  /** Whether it runs tasks at all. */
  get works(): boolean {
    return this.work?.works ?? true;
  }

  /** Whether it works the queue; null stands for one that no instance names. */
  worksQueue(queue: string | null): boolean {
    return this.works && (this.queues === null || (queue !== null && this.queues.has(queue)));
  }

  hasSkill(skill: string | null): boolean {
    return skill === null || this.work === undefined || this.skills.has(skill);
  }

  meets(need: Need): boolean {
    return this.lackFor(need) === null;
  }

  /** What it lacks to run a task with this need; null when it lacks nothing. */
  lackFor({ queue, skill, triggerTypes }: Need): Lack | null {
    if (!this.works) return { kind: 'work', name: '' };
    if (!this.worksQueue(queue)) return { kind: 'queue', name: queue };
    if (!this.hasSkill(skill)) {
      const handler = handlerOf(skill!);
      return handler === null ? { kind: 'action', name: skill! } : { kind: 'handler', name: handler };
    }
    const unknown = this.work && triggerTypes.find((type) => !this.triggerTypes.has(type));
    return unknown === undefined ? null : { kind: 'trigger-type', name: unknown };
  }
}

/** How near an instance with this lack is to running a task, nearest last. */
const NEARNESS: readonly Lack['kind'][] = ['work', 'queue', 'action', 'handler', 'trigger-type'];

/** What is missing to run a task where none of these instances can: the lack of the nearest; null where one can. */
export function missingAmong(need: Need, capabilities: readonly Capability[]): Lack | null {
  let nearest: Lack = { kind: 'work', name: '' };
  for (const capability of capabilities) {
    const lack = capability.lackFor(need);
    if (!lack) return null;
    if (NEARNESS.indexOf(lack.kind) > NEARNESS.indexOf(nearest.kind)) nearest = lack;
  }
  return nearest;
}

/** What is missing, as the end of a sentence that begins with the instances. */
export function lackInWords({ kind, name }: Lack): string {
  switch (kind) {
    case 'work':
      return 'runs tasks';
    case 'queue':
      return `works the queue "${name}"`;
    case 'paused-queue':
      return `may work the queue "${name}", which is paused`;
    case 'handler':
      return `has the handler "${name}"`;
    case 'action':
      return `has actions of the type "${name}"`;
    case 'trigger-type':
      return `knows the trigger type "${name}"`;
  }
}

/** A text that is the same for instances that work the same. */
export const signatureOf = (work: InstanceWork | undefined): string =>
  work === undefined
    ? ''
    : JSON.stringify([
        work.works,
        work.queues && [...work.queues].sort(),
        [...skillsOf(work)].sort(),
        [...work.triggerTypes].sort(),
      ]);

const skillsOf = ({ actions, handlers }: InstanceWork): string[] => [
  ...handlers.map(handlerSkill),
  ...actions.filter((type) => type !== 'handler' && !(COMMON_ACTIONS as readonly string[]).includes(type)),
];
