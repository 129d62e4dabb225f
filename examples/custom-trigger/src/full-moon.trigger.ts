import type { Timetable, TriggerSchema, TriggerType } from 'scheduled-task-runner';

interface FullMoonTrigger {
  type: 'acme:full-moon';
  offsetHours: number;
}

const FIRST = Date.parse('2000-01-21T04:40:00Z');
const MONTH_MS = 29.530588853 * 86_400_000;
const HOUR_MS = 3_600_000;

/** The mean full moons, so many milliseconds later. */
class FullMoons implements Timetable {
  constructor(private readonly offsetMs: number) {}

  next(after: number): { at: number } {
    return { at: this.at(this.numberOf(after) + 1) };
  }

  previous(before: number): { at: number } {
    return { at: this.at(this.numberOf(before - 1)) };
  }

  count(after: number, until: number): number {
    return Math.max(0, this.numberOf(until) - this.numberOf(after));
  }

  private at(number: number): number {
    return Math.ceil(FIRST + this.offsetMs + number * MONTH_MS);
  }

  /** The number of the last full moon at or before the instant. */
  private numberOf(instant: number): number {
    return Math.floor((instant - FIRST - this.offsetMs) / MONTH_MS);
  }
}

/** A schema of any library that follows the Standard Schema will do; this one is written by hand. */
const schema: TriggerSchema<FullMoonTrigger> = {
  '~standard': {
    validate(value) {
      const { offsetHours = 0 } = value as Partial<FullMoonTrigger>;
      if (typeof offsetHours === 'number') return { value: { type: 'acme:full-moon', offsetHours } };
      return { issues: [{ message: 'must be a number of hours', path: ['offsetHours'] }] };
    },
  },
};

export const fullMoonTrigger: TriggerType<FullMoonTrigger> = {
  type: 'acme:full-moon',
  schema,
  timetable: ({ offsetHours }) => new FullMoons(offsetHours * HOUR_MS),
  describe: ({ offsetHours }) => (offsetHours === 0 ? 'At full moon' : `${offsetHours} h after full moon`),
};
