import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import type { ReceivedEvent } from '../domain/event.js';
import type { Task } from '../domain/task.js';
import { SetAside } from '../scheduling/holding/set-aside.js';
import { TaskStore } from '../scheduling/ports/task.store.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import type { LeftTask, StartedRun } from './event-outcome.js';
import { TriggerConditions, type Match } from './trigger-conditions.js';

/** How many bytes of tasks are read for an event at first: nearly always that is all that wait for it. */
export const FIRST_BYTES = 524_288;

/** An event for which tasks are looked for. */
export interface Looking {
  organization: string;
  event: ReceivedEvent;
  /** Whether it was dispatched before; then conditions are not asked again. */
  isDone: boolean;
  /** How many runs it may still start, with all that follow. */
  allowance: number;
  /** Whether its chain is too long for it to start anything. */
  isTooDeep: boolean;
}

/** Tasks that wait for an event, and where a further look for others goes on; null at the end. */
export interface Look {
  /** Those that start at once. */
  triggered: Task[];
  /** Runs that conditions have started. */
  others: StartedRun[];
  left: LeftTask[];
  next: string | null;
  /** Monotonic ms. */
  lookedAt: number;
}

/** Finds the tasks that an event triggers, by the filters and conditions of their triggers. */
@Injectable()
export class TaskMatcher {
  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly resolver: TriggerResolver,
    private readonly aside: SetAside,
    private readonly turns: Turns,
    private readonly conditions: TriggerConditions,
  ) {}

  /** Looks at the tasks after `after`, as many as fit into `bytes`. */
  async look(looking: Looking, after?: string, bytes?: number): Promise<Look> {
    const { organization, event } = looking;
    const lookedAt = this.clock.monotonic();
    const { items, next } = await this.tasks.forEvent(organization, event.type, after, bytes);
    const matches: Match[] = [];
    const left: LeftTask[] = [];
    const paused: LeftTask[] = [];
    // A task that came after the event does not answer to it, also when the event is sent again.
    for (const task of items.filter(({ createdAt }) => createdAt <= event.receivedAt)) {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      const found = this.matchesOf(task, event);
      if (found.length === 0) left.push({ taskId: task.id, reason: 'filter' });
      else if (task.state === 'paused') paused.push({ taskId: task.id, reason: 'paused' });
      else matches.push(...found);
    }
    const met = await this.meet(looking, matches);
    return { next, lookedAt, ...met, left: [...met.left, ...paused, ...left] };
  }

  /**
   * Whether some task, active or paused, has a trigger that the event matches. A bounded number of tasks is looked at: where
   * more wait for the event's type, one of them may.
   */
  async mayBeAwaited(organization: string, event: ReceivedEvent): Promise<boolean> {
    const { items, next } = await this.tasks.forEvent(organization, event.type, undefined, FIRST_BYTES);
    for (const task of items.filter(({ createdAt }) => createdAt <= event.receivedAt)) {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      if (this.matchesOf(task, event).length > 0) return true;
    }
    return next !== null;
  }

  private matchesOf(task: Task, event: ReceivedEvent): Match[] {
    try {
      return this.resolver.matchingTriggers(event, task).map((matched) => ({ task, event, ...matched }));
    } catch (error) {
      this.aside.note(task, error);
      return [];
    }
  }

  /** What follows from the conditions of triggers; a task starts at most once at once. */
  private async meet(
    { organization, event, isDone, allowance, isTooDeep }: Looking,
    matches: readonly Match[],
  ): Promise<Pick<Look, 'triggered' | 'others' | 'left'>> {
    const conditional = matches.filter(({ trigger }) => this.conditions.has(trigger));
    const held = new Set(conditional);
    const others: StartedRun[] = [];
    const left: LeftTask[] = [];
    if (isTooDeep) left.push(...conditional.map(({ task }) => ({ taskId: task.id, reason: 'depth' as const })));
    else if (conditional.length > 0 && !isDone) {
      const shared = { ...event, descendants: Math.floor(allowance / matches.length) };
      const asked = conditional.map((match) => ({ ...match, event: shared }));
      const verdicts = await this.conditions.meet(organization, asked);
      for (const [index, match] of conditional.entries()) {
        const verdict = verdicts[index]!;
        const taskId = match.task.id;
        if (verdict.what === 'start') held.delete(match);
        else if (verdict.what === 'started') others.push({ taskId, runId: verdict.runId });
        else if (verdict.what === 'left') left.push({ taskId, reason: verdict.reason });
        else left.push({ taskId, reason: 'waiting', until: verdict.until });
      }
    }
    const triggered = new Set(matches.filter((match) => !held.has(match)).map(({ task }) => task));
    return { triggered: [...triggered], others, left };
  }
}
