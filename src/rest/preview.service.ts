import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { InvalidInputError } from '../domain/errors.js';
import { SettingsService } from '../organizations/settings.service.js';
import { CalendarResolver } from '../triggers/calendar-resolver.js';
import { withCalendars } from '../triggers/calendar-words.js';
import { TriggerResolver, type Preview } from '../triggers/trigger-resolver.js';
import type { Timetable } from '../triggers/trigger-type.js';
import type { PreviewRequest } from './requests/trigger.requests.js';
import { within } from './responses/batch.response.js';
import { toPreviewResponse, type PreviewResponse } from './responses/planned-runs.response.js';

/** Shows what a trigger would do, without storing anything. */
@Injectable()
export class PreviewService {
  constructor(
    private readonly resolver: TriggerResolver,
    private readonly settings: SettingsService,
    private readonly clock: Clock,
  ) {}

  /** The first `count` instants after `from`, which is now unless given. @throws InvalidInputError */
  async preview(organization: string, request: PreviewRequest): Promise<PreviewResponse> {
    const { calendars } = request;
    const resolver = new CalendarResolver(this.resolver, (await this.settings.current(organization)).calendars);
    resolver.check({ calendars });
    const preview = this.ofTrigger(request, (table) => resolver.within(table, calendars));
    return toPreviewResponse({ ...preview, description: withCalendars(preview.description, calendars) });
  }

  private ofTrigger({ trigger, from, count }: PreviewRequest, calendars: (table: Timetable) => Timetable): Preview {
    try {
      return this.resolver.preview(trigger, from ?? this.clock.now(), count, calendars);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new InvalidInputError(error.faults.map((fault) => within('/trigger', fault)));
    }
  }
}
