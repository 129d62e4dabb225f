import type { Forecast } from '../../scheduling/forecast.service.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from './expose.js';

/** The starts of one minute. */
export class ForecastMinuteResponse {
  @ShownInstant()
  at!: string;

  @Shown({ type: 'integer' })
  starts!: number;
}

/** A second with many starts, and what would relieve it. */
export class HotSecondResponse extends ForecastMinuteResponse {
  @Shown({ type: [String], description: 'Tasks without a spread that start then, at most twenty.' })
  tasks!: string[];

  @Shown({ type: 'integer', description: 'The `spreadMs` for them that would leave about five starts a second.' })
  suggestedSpreadMs!: number;

  @Shown({ example: '120 tasks start in this second; with "spreadMs": 24000 about 5 would.' })
  suggestion!: string;
}

/** The expected load of the coming hours. */
export class ForecastResponse {
  @ShownInstant()
  from!: string;

  @ShownInstant()
  to!: string;

  @Shown({ type: 'integer', description: 'How many active tasks were looked at.' })
  tasks!: number;

  @Shown({ description: 'Whether there are more tasks than were looked at.' })
  truncated!: boolean;

  @Shown({ type: 'integer', description: 'Expected starts in all.' })
  starts!: number;

  @Shown({ type: [ForecastMinuteResponse], description: 'Minutes with starts, soonest first.' })
  minutes!: ForecastMinuteResponse[];

  @Shown({ type: [HotSecondResponse], description: 'The hottest first, at most ten.' })
  hotSeconds!: HotSecondResponse[];
}

export const toForecastResponse = ({ from, to, minutes, hotSeconds, ...rest }: Forecast): ForecastResponse =>
  respond(ForecastResponse, {
    ...rest,
    from: toIso(from),
    to: toIso(to),
    minutes: minutes.map(({ at, starts }) => ({ at: toIso(at), starts })),
    hotSeconds: hotSeconds.map((second) => ({
      ...second,
      at: toIso(second.at),
      suggestion: `${second.starts} tasks start in this second; with "spreadMs": ${second.suggestedSpreadMs} about ${Math.ceil(
        (second.starts * 1000) / second.suggestedSpreadMs,
      )} would.`,
    })),
  });
