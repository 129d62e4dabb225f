import { z } from 'zod';
import { TriggerFault, type Timetable, type TriggerType } from '../../src/index.js';

const schema = z.strictObject({
  type: z.literal('acme:full-moon'),
  offsetHours: z.number().default(0),
});

const FIRST = Date.parse('2000-01-21T04:40:00Z');
const MONTH = 29.530588853 * 86_400_000;

/** The mean full moons, `offset` milliseconds later. */
class FullMoons implements Timetable {
  constructor(private readonly offset: number) {}

  next(after: number) {
    return { at: this.at(this.numberOf(after) + 1) };
  }

  previous(before: number) {
    return { at: this.at(this.numberOf(before - 1)) };
  }

  count(after: number, until: number) {
    return Math.max(0, this.numberOf(until) - this.numberOf(after));
  }

  private at(number: number) {
    return Math.ceil(FIRST + this.offset + number * MONTH);
  }

  /** The number of the last full moon at or before the instant. */
  private numberOf(instant: number) {
    return Math.floor((instant - FIRST - this.offset) / MONTH);
  }
}

export const fullMoonTrigger: TriggerType<z.infer<typeof schema>> = {
  type: 'acme:full-moon',
  schema,
  timetable({ offsetHours }) {
    if (Math.abs(offsetHours) > 100)
      throw new TriggerFault('/offsetHours', 'must be within 100 hours of the full moon');
    return new FullMoons(offsetHours * 3_600_000);
  },
  describe: ({ offsetHours }) => (offsetHours === 0 ? 'At full moon' : `${offsetHours} h after full moon`),
};
