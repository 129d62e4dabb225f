import { Injectable } from '@nestjs/common';
import type { TaskDefinition } from '../domain/task-definition.js';
import type { Task } from '../domain/task.js';
import type { Trigger } from '../domain/trigger.js';
import { SettingsService } from '../organizations/settings.service.js';
import { CalendarResolver, type TaskTimetables } from '../triggers/calendar-resolver.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';

/** Knows the triggers and calendars that determine a task's occurrences. */
@Injectable()
export class TaskTimes {
  constructor(
    private readonly resolver: TriggerResolver,
    private readonly settings: SettingsService,
  ) {}

  /** Null when one of the task's trigger types is not registered on this instance. */
  async of(task: Task): Promise<TaskTimetables | null> {
    if (!this.resolver.knows(task)) return null;
    const { settings } = await this.settings.get(task.organization);
    return new CalendarResolver(this.resolver, settings.calendars);
  }

  /** The same for many tasks of an organization: its calendars, at most a second old, are read once. */
  async ofMany(organization: string): Promise<(task: Task) => TaskTimetables | null> {
    const { calendars } = await this.settings.current(organization);
    const timetables = new CalendarResolver(this.resolver, calendars);
    return (task) => (this.resolver.knows(task) ? timetables : null);
  }

  /** The types of the task's triggers that are not registered on this instance, each once. */
  unknownTypes({ definition }: Task): string[] {
    const unknown = definition.triggers.filter((trigger) => !this.knows(definition, trigger));
    return [...new Set(unknown.map(({ type }) => type))];
  }

  /** The task's triggers that name an instant (epoch ms), regardless of its window and calendars. */
  triggersAt({ id, createdAt, definition }: Task, at: number): Trigger[] {
    const always = { id, createdAt, since: Number.NEGATIVE_INFINITY };
    const names = (trigger: Trigger): boolean => {
      try {
        return this.resolver.resolveTriggerConflicts([trigger], always).next(at - 1)?.at === at;
      } catch {
        // A trigger that fails names nothing; the code that sets its task aside reports it.
        return false;
      }
    };
    return definition.triggers.filter((trigger) => this.knows(definition, trigger) && names(trigger));
  }

  private knows(definition: TaskDefinition, trigger: Trigger): boolean {
    return this.resolver.knows({ definition: { ...definition, triggers: [trigger] } });
  }
}
