import { Inject, Injectable } from '@nestjs/common';
import { COMMON_ACTIONS, needOf, queueOf, skillOf, type Needing } from '../domain/need.js';
import type { Task } from '../domain/task.js';
import { HandlerRegistry } from '../integrations/handler/handler-registry.js';
import { QueuePauses } from '../organizations/queue-pauses.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import { Capability, type InstanceWork, type Lack } from './instance-work.js';

/** What a need is computed from, and whose it is. */
type OwnedNeeding = Needing & Pick<Task, 'organization'>;

/** What it works, and the version of the handlers of which that is true. */
interface Known {
  version: number;
  work: InstanceWork;
  capability: Capability;
}

/** What this instance works: its queues, actions, handlers and trigger types, as they are at present. */
@Injectable()
export class OwnWork {
  private readonly queues: ReadonlySet<string> | null;
  private readonly works: boolean;
  private known: Known | null = null;

  constructor(
    private readonly handlers: HandlerRegistry,
    private readonly resolver: TriggerResolver,
    private readonly pauses: QueuePauses,
    @Inject(ENGINE_SETTINGS) { work, queues }: Pick<EngineSettings, 'work' | 'queues'>,
  ) {
    this.works = work;
    this.queues = queues.length > 0 ? new Set(queues) : null;
  }

  /** What this instance tells the others. */
  get announced(): InstanceWork {
    return this.current().work;
  }

  get capability(): Capability {
    return this.current().capability;
  }

  /** Whether this instance may run the task. */
  can(task: OwnedNeeding): boolean {
    return this.hasQueueAndSkill(task) && this.resolver.knows(task);
  }

  /** Whether the queue of the task is paused, so that no instance may run it. */
  isPaused({ organization, definition, unreadable }: OwnedNeeding): boolean {
    return unreadable === undefined && this.pauses.of(organization, queueOf(definition)) !== undefined;
  }

  /** Like `can`, but whatever the types of its triggers. */
  hasQueueAndSkill(task: OwnedNeeding): boolean {
    const { definition, unreadable } = task;
    if (unreadable !== undefined) return this.works;
    if (this.isPaused(task)) return false;
    if (!this.works || (this.queues !== null && !this.queues.has(queueOf(definition)))) return false;
    const { action } = definition;
    return action.type === 'handler' ? this.handlers.get(action.name) !== undefined : this.meets(skillOf(action));
  }

  /** What a task needs, and this instance lacks; null when it lacks nothing. */
  lackFor(task: Needing): Lack | null {
    return this.capability.lackFor(needOf(task));
  }

  private meets(skill: string | null): boolean {
    return skill === null || this.capability.hasSkill(skill);
  }

  private current(): Known {
    const { version } = this.handlers;
    if (this.known?.version === version) return this.known;
    const handlers = this.handlers.names();
    const work: InstanceWork = {
      works: this.works,
      queues: this.queues && [...this.queues],
      actions: handlers.length > 0 ? [...COMMON_ACTIONS, 'handler'] : COMMON_ACTIONS,
      handlers,
      triggerTypes: this.resolver.customTypes(),
    };
    return (this.known = { version, work, capability: new Capability(work) });
  }
}
