import { Injectable } from '@nestjs/common';
import { InvalidInputError } from '../../domain/errors.js';
import type { Task } from '../../domain/task.js';
import type { TaskDefinition } from '../../domain/task-definition.js';
import { SettingsService } from '../../organizations/settings.service.js';
import { CalendarResolver } from '../../triggers/calendar-resolver.js';
import { TimetableFault, workedOut } from '../../triggers/timetable-fault.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { PoolSizes } from '../resources/pool-sizes.js';

/** Finds the timetables for a definition. */
export type Timetables = (definition: TaskDefinition) => Promise<CalendarResolver>;

/** Checks a definition against the settings of its organization: calendars, pools and quotas. */
@Injectable()
export class DefinitionCheck {
  constructor(
    private readonly resolver: TriggerResolver,
    private readonly settings: SettingsService,
    private readonly sizes: PoolSizes,
  ) {}

  /** The timetables of tasks by the organization's calendars as they are now. */
  async timetables(organization: string): Promise<CalendarResolver> {
    return new CalendarResolver(this.resolver, (await this.settings.get(organization)).settings.calendars);
  }

  /** Like `timetables`, but the calendars are read once, and only if a definition names one. */
  timetablesAsNeeded(organization: string): Timetables {
    let current: Promise<CalendarResolver> | undefined;
    return async ({ calendars = [] }) =>
      calendars.length > 0
        ? await (current ??= this.timetables(organization))
        : new CalendarResolver(this.resolver, {});
  }

  /** @throws InvalidInputError when the definition names calendars or pools that the organization does not have */
  async demand(organization: string, definition: TaskDefinition, timetables: CalendarResolver): Promise<void> {
    timetables.check(definition);
    const faults = await this.sizes.faults(organization, definition.resources);
    if (faults.length > 0) throw new InvalidInputError(faults);
  }
}

/** Computes when a task is due by the triggers in a request. @throws InvalidInputError when the triggers fail */
export function withTimetable(work: () => Task): Task {
  try {
    return workedOut(work);
  } catch (error) {
    if (error instanceof TimetableFault) throw new InvalidInputError([{ pointer: '/triggers', detail: error.message }]);
    throw error;
  }
}
