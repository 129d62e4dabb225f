import { Injectable } from '@nestjs/common';
import type { Task } from '../domain/task.js';
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
}
