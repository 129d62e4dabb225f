import { Injectable } from '@nestjs/common';
import type { TaskDefinition } from '../domain/task-definition.js';
import type { Task } from '../domain/task.js';
import type { Trigger } from '../domain/trigger.js';
import { SettingsService } from '../organizations/settings.service.js';
import { CalendarResolver, type TaskTimetables } from '../triggers/calendar-resolver.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';

/** Tells by which triggers and calendars a task's occurrences are found. */
@Injectable()
export class TaskTimes {
  constructor(
    private readonly resolver: TriggerResolver,
    private readonly settings: SettingsService,
  ) {}

  /** Null where a trigger of the task is of a type that is not registered on this instance. */
  async of(task: Task): Promise<TaskTimetables | null> {
    if (!this.resolver.knows(task)) return null;
    const { settings } = await this.settings.get(task.organization);
    return new CalendarResolver(this.resolver, settings.calendars);
  }

  /** The types of the task's triggers that are not registered on this instance, each once. */
  unknownTypes({ definition }: Task): string[] {
    const unknown = definition.triggers.filter((trigger) => !this.knows(definition, trigger));
    return [...new Set(unknown.map(({ type }) => type))];
  }

  /** Those of the task's triggers that name an instant (epoch ms), whatever its window and calendars make of it. */
  triggersAt({ id, createdAt, definition }: Task, at: number): Trigger[] {
    const always = { id, createdAt, since: Number.NEGATIVE_INFINITY };
    const names = (trigger: Trigger): boolean => {
      try {
        return this.resolver.resolveTriggerConflicts([trigger], always).next(at - 1)?.at === at;
      } catch {
        // One that fails names nothing, and is told of by whoever sets its task aside.
        return false;
      }
    };
    return definition.triggers.filter((trigger) => this.knows(definition, trigger) && names(trigger));
  }

  private knows(definition: TaskDefinition, trigger: Trigger): boolean {
    return this.resolver.knows({ definition: { ...definition, triggers: [trigger] } });
  }
}
