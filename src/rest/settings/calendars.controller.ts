import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Organization } from '../../auth/caller.js';
import { Requires } from '../../auth/permissions.js';
import { CalendarView } from '../../overview/calendar-view.js';
import { ValidQuery } from '../http/validation.js';
import { Operation } from '../openapi/operation.js';
import { CalendarDaysResponse, toCalendarDaysResponse } from './calendars.response.js';

const daysQuerySchema = z.strictObject({
  from: z.iso.date().optional().describe('The first day; today by the clock of the calendar unless given.'),
  to: z.iso.date().optional().describe('The day after the last, a year later unless given; 400 days at most.'),
});

/** The calendars of an organization. */
@ApiTags('settings')
@Controller('v1/calendars')
export class CalendarsController {
  constructor(private readonly calendars: CalendarView) {}

  @Get(':name/days')
  @Requires('viewer')
  @Operation({
    summary: 'Lists the days that a calendar leaves out, and the tasks that use it.',
    answer: CalendarDaysResponse,
    problems: [400, 404],
  })
  async days(
    @Organization() organization: string,
    @Param('name') name: string,
    @ValidQuery(daysQuerySchema) range: z.output<typeof daysQuerySchema>,
  ): Promise<CalendarDaysResponse> {
    return toCalendarDaysResponse(await this.calendars.of(organization, name, range));
  }
}
