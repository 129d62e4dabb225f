import { Injectable } from '@nestjs/common';
import { SharedWork } from '../batching/shared-work.js';
import { Clock } from '../clock/clock.js';
import { inTurns, Turns } from '../clock/turns.js';
import { Allowance, TooCostlyError } from '../domain/budget.js';
import { modeOf, nameOf, type Calendar, type CalendarMode, type CalendarWindow } from '../domain/calendar.js';
import { InvalidInputError, NotFoundError } from '../domain/errors.js';
import { ownMember } from '../domain/own-member.js';
import { SettingsService } from '../organizations/settings.service.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { CalendarDays, type ClosedBy } from '../triggers/calendar-days.js';
import { Zone } from '../triggers/zone.js';
import { newestTasks } from './newest-tasks.js';

const DAY_MS = 86_400_000;
export const MOST_DAYS = 400;
const DEFAULT_DAYS = 365;
/** The last one that a date of four digits says (RFC 3339). */
const LAST_DAY = Date.parse('9999-12-31') / DAY_MS;
/** How many tasks are looked at, the newest first, and how many that use it are told. */
const MOST_TASKS = 5000;
const MOST_TOLD = 100;
/** How many steps the days of one request may take: the rules of a hundred days are worked out at once. */
const MOST_STEPS = 100_000;

/** Which days: the first and the day after the last, as in 2027-01-31. */
export interface DayRange {
  from?: string | undefined;
  to?: string | undefined;
}

/** What a calendar leaves out, and who uses it. */
export interface CalendarShown {
  name: string;
  timeZone: string;
  from: string;
  to: string;
  days: { date: string; reason: ClosedBy }[];
  windows: readonly CalendarWindow[];
  tasks: { id: string; name: string; mode: CalendarMode }[];
  /** Whether not all days or tasks were looked at, or not all tasks are told. */
  truncated: boolean;
}

/** Shows a calendar of an organization: its days, and the tasks that use it. */
@Injectable()
export class CalendarView {
  /** Each reads many tasks. */
  private readonly shared = new SharedWork<CalendarShown>();

  constructor(
    private readonly settings: SettingsService,
    private readonly tasks: TaskReads,
    private readonly turns: Turns,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFoundError, InvalidInputError for an empty range, or one that is too long */
  of(organization: string, name: string, range: DayRange): Promise<CalendarShown> {
    return this.shared.of(JSON.stringify([organization, name, range.from, range.to]), () =>
      this.make(organization, name, range),
    );
  }

  private async make(organization: string, name: string, range: DayRange): Promise<CalendarShown> {
    const calendar = ownMember((await this.settings.get(organization)).settings.calendars, name);
    if (!calendar) throw new NotFoundError('calendar', name);
    const [from, to] = this.daysOf(range, calendar);
    const { days, isAll } = await this.closed(organization, calendar, from, to);
    const users = await this.users(organization, name);
    const { timeZone, windows } = calendar;
    return {
      ...{ name, timeZone, from: dateOf(from), to: dateOf(to), days, windows, tasks: users.tasks },
      truncated: !isAll || !users.isAll,
    };
  }

  /** The first day, and the one after the last, as counts since 1970. */
  private daysOf({ from, to }: DayRange, { timeZone }: Calendar): [number, number] {
    const now = this.clock.now();
    const today = Math.floor((now + Zone.of(timeZone).offsetAt(now)) / DAY_MS);
    const first = from === undefined ? today : Date.parse(from) / DAY_MS;
    const end = to === undefined ? first + DEFAULT_DAYS : Date.parse(to) / DAY_MS;
    const detail = end <= first ? 'must be after "from"' : `must be within ${MOST_DAYS} days of "from"`;
    if (end <= first || end - first > MOST_DAYS) throw new InvalidInputError([{ parameter: 'to', detail }]);
    if (end > LAST_DAY) throw new InvalidInputError([{ parameter: 'to', detail: 'must be at most 9999-12-31' }]);
    return [first, end];
  }

  /** The days that it leaves out, as far as they can be worked out with so much work. */
  private async closed(organization: string, calendar: Calendar, from: number, to: number) {
    const days: CalendarShown['days'] = [];
    const steps = new Allowance(MOST_STEPS, 'To tell its days');
    try {
      await inTurns(this.turns, organization, function* () {
        const closed = new CalendarDays(calendar);
        for (let day = from; day < to; day++) {
          const reason = steps.use(() => closed.closedBy(day));
          if (reason !== null) days.push({ date: dateOf(day), reason });
          yield;
        }
      });
    } catch (error) {
      if (!(error instanceof TooCostlyError)) throw error;
      return { days, isAll: false };
    }
    return { days, isAll: true };
  }

  private async users(organization: string, name: string) {
    const tasks: CalendarShown['tasks'] = [];
    let isAll = false;
    for await (const { items, next } of newestTasks(this.tasks, organization, MOST_TASKS)) {
      for (const { id, definition } of items) {
        const use = definition.calendars?.find((each) => nameOf(each) === name);
        if (use !== undefined) tasks.push({ id, name: definition.name, mode: modeOf(use) });
      }
      isAll = next === null;
      if (tasks.length > MOST_TOLD) break;
    }
    return { tasks: tasks.slice(0, MOST_TOLD), isAll: isAll && tasks.length <= MOST_TOLD };
  }
}

const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
