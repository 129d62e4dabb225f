import type { Calendar } from '../domain/calendar.js';
import { InvalidInputError } from '../domain/errors.js';
import type { Task, TaskDefinition } from '../domain/task.js';
import { CalendarTimetable } from './calendar-timetable.js';
import type { TriggerResolver } from './trigger-resolver.js';
import type { PlannedRun, Timetable } from './trigger-type.js';

/** Tells when tasks are due. */
export type TaskTimetables = Pick<TriggerResolver, 'timetableOf' | 'calculateNextExecution'>;

/** Tells when the tasks of an organization are due, by their triggers and its calendars. */
export class CalendarResolver implements TaskTimetables {
  constructor(
    private readonly resolver: TriggerResolver,
    private readonly calendars: Readonly<Record<string, Calendar>>,
  ) {}

  /** @throws InvalidInputError when the definition names a calendar that there is none of */
  check({ calendars = [] }: Pick<TaskDefinition, 'calendars'>): void {
    const faults = calendars.flatMap((name, index) =>
      Object.hasOwn(this.calendars, name)
        ? []
        : [{ pointer: `/calendars/${index}`, detail: `is no calendar of the organization: ${JSON.stringify(name)}` }],
    );
    if (faults.length > 0) throw new InvalidInputError(faults);
  }

  /** The task's occurrences by time; a calendar that there is no more leaves nothing out. */
  timetableOf(task: Pick<Task, 'id' | 'definition' | 'createdAt' | 'since'>): Timetable {
    const names = (task.definition.calendars ?? []).filter((name) => Object.hasOwn(this.calendars, name));
    return names.reduce<Timetable>(
      (table, name) => new CalendarTimetable(table, name, this.calendars[name]!),
      this.resolver.timetableOf(task),
    );
  }

  /** As of the trigger resolver. */
  calculateNextExecution(task: Task, after: number): PlannedRun | null {
    return this.timetableOf(task).next(after);
  }
}
