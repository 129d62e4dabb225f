import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { inTurns, Turns } from '../clock/turns.js';
import { InvalidInputError } from '../domain/errors.js';
import { within } from '../domain/faults.js';
import type { TaskDefinition } from '../domain/task-definition.js';
import { SettingsService } from '../organizations/settings.service.js';
import { CalendarResolver } from '../triggers/calendar-resolver.js';
import { withCalendars } from '../triggers/calendar-words.js';
import { TriggerResolver, type Preview } from '../triggers/trigger-resolver.js';
import type { Timetable } from '../triggers/trigger-type.js';

/** What is to be previewed. */
export interface PreviewInput {
  trigger: unknown;
  /** Epoch ms; the preview begins after it, by default now. */
  from?: number | undefined;
  /** 1 to 1,000. */
  count: number;
  calendars: NonNullable<TaskDefinition['calendars']>;
}

/** Shows what a trigger would do, and stores nothing. */
@Injectable()
export class TriggerPreviews {
  constructor(
    private readonly resolver: TriggerResolver,
    private readonly settings: SettingsService,
    private readonly clock: Clock,
    private readonly turns: Turns,
  ) {}

  /** The first `count` instants after `from`. @throws InvalidInputError */
  async preview(organization: string, input: PreviewInput): Promise<Preview> {
    const { calendars } = input;
    const resolver = new CalendarResolver(this.resolver, (await this.settings.current(organization)).calendars);
    resolver.check({ calendars });
    const preview = await this.ofTrigger(organization, input, (table) => resolver.within(table, calendars));
    return { ...preview, description: withCalendars(preview.description, calendars) };
  }

  private async ofTrigger(
    organization: string,
    { trigger, from, count }: PreviewInput,
    calendars: (table: Timetable) => Timetable,
  ): Promise<Preview> {
    try {
      return await inTurns(this.turns, organization, () =>
        this.resolver.previewing(trigger, from ?? this.clock.now(), count, calendars),
      );
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new InvalidInputError(within('/trigger', error.faults));
    }
  }
}
