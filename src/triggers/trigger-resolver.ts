import { Injectable } from '@nestjs/common';
import { InvalidInputError, type Fault } from '../domain/errors.js';
import type { ReceivedEvent } from '../domain/event.js';
import type { Task, TaskDefinition } from '../domain/task.js';
import { triggerSchema, type Trigger } from '../domain/trigger.js';
import { faultsOf } from '../domain/faults.js';
import { eventFilter } from './event-filter.js';
import { MergedTimetable } from './merged-timetable.js';
import { TriggerFault, type PlannedRun, type Timetable, type TriggerType } from './trigger-type.js';
import { cronTriggerType } from './types/cron.trigger.js';
import { eventTriggerType, manualTriggerType } from './types/event.trigger.js';
import { intervalTriggerType } from './types/interval.trigger.js';
import { onceTriggerType } from './types/once.trigger.js';

/** Answers when tasks are due, from their triggers alone. */
@Injectable()
export class TriggerResolver {
  private readonly types = new Map<string, TriggerType>();

  constructor() {
    for (const type of [cronTriggerType, intervalTriggerType, onceTriggerType, eventTriggerType, manualTriggerType]) {
      this.register(type as TriggerType);
    }
  }

  /** Adds a kind of trigger. */
  register(type: TriggerType): void {
    this.types.set(type.type, type);
  }

  /**
   * The task's first occurrence after `after` (epoch ms), or null when none is to come. An instant that lies before
   * the task's `since` counts only where it was asked for by name (`once`).
   */
  calculateNextExecution(task: Task, after: number): PlannedRun | null {
    return this.timetableOf(task).next(after);
  }

  /** The task's occurrences by time, those of several triggers merged: what is due together is one occurrence. */
  timetableOf(task: Pick<Task, 'definition' | 'createdAt' | 'since'>): Timetable {
    return this.resolveTriggerConflicts(task.definition.triggers, task);
  }

  /** Several triggers as one timetable, in which instants that coincide are one occurrence. */
  resolveTriggerConflicts(triggers: readonly Trigger[], since: { createdAt: number; since: number }): Timetable {
    const tables = triggers.flatMap((trigger) => {
      const table = this.timetable(trigger, since.createdAt);
      return table ? [{ table, from: trigger.type === 'once' ? Number.NEGATIVE_INFINITY : since.since }] : [];
    });
    return new MergedTimetable(tables);
  }

  /** Those of the tasks that the event starts: active, with a trigger of its type whose filter it matches. */
  evaluateEventTriggers(event: ReceivedEvent, tasks: readonly Task[]): Task[] {
    return tasks.filter(
      (task) =>
        task.state === 'active' &&
        task.definition.triggers.some(
          (trigger) =>
            trigger.type === 'event' &&
            trigger.event === event.type &&
            (!trigger.filter || eventFilter(trigger.filter)(event)),
        ),
    );
  }

  /** What is wrong with a definition's triggers, with pointers into the definition. */
  faults(definition: TaskDefinition): Fault[] {
    return definition.triggers.flatMap((trigger, index) => {
      const fault = this.faultOf(trigger);
      return fault ? [{ pointer: `/triggers/${index}${fault.pointer}`, detail: fault.message }] : [];
    });
  }

  /** The first `count` instants of a trigger after `from` (epoch ms), and its description. @throws InvalidInputError */
  preview(trigger: unknown, from: number, count: number): { runs: PlannedRun[]; description: string } {
    const parsed = triggerSchema.safeParse(trigger);
    if (!parsed.success) throw new InvalidInputError(faultsOf(parsed.error));
    const fault = this.faultOf(parsed.data);
    if (fault) throw new InvalidInputError([{ pointer: fault.pointer, detail: fault.message }]);
    const table = this.timetable(parsed.data, from);
    return {
      runs: table ? upcoming(table, from, count) : [],
      description: this.typeOf(parsed.data).describe(parsed.data),
    };
  }

  private faultOf(trigger: Trigger): TriggerFault | null {
    try {
      this.timetable(trigger, 0);
      return null;
    } catch (error) {
      if (error instanceof TriggerFault) return error;
      throw error;
    }
  }

  private timetable(trigger: Trigger, createdAt: number): Timetable | null {
    return this.typeOf(trigger).timetable(trigger, { createdAt });
  }

  private typeOf(trigger: Trigger): TriggerType {
    const type = this.types.get(trigger.type);
    if (!type) throw new TriggerFault('/type', `is not a known type of trigger: ${JSON.stringify(trigger.type)}`);
    return type;
  }
}

/** The first `count` instants of a timetable after `from` (epoch ms). */
export function upcoming(table: Timetable, from: number, count: number): PlannedRun[] {
  const runs: PlannedRun[] = [];
  for (let next = table.next(from); next && runs.length < count; next = table.next(next.at)) runs.push(next);
  return runs;
}
