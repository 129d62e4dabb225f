import type { Forecast } from '../../scheduling/tasks/forecast.service.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** The starts of one minute. */
export class ForecastMinuteResponse {
  @ShownInstant()
  at!: string;

  @Shown({ type: 'integer' })
  starts!: number;
}

/** A second with many starts, and what would spread them. */
export class HotSecondResponse extends ForecastMinuteResponse {
  @Shown({ type: [String], description: 'Tasks without a spread that start in this second; at most twenty.' })
  tasks!: string[];

  @Shown({ type: 'integer', description: 'The `spreadMs` that would leave about five starts a second of these tasks.' })
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

  @Shown({ type: 'integer', description: 'How many active tasks the forecast looked at.' })
  tasks!: number;

  @Shown({ description: 'Whether the forecast is incomplete because there are too many tasks or starts.' })
  truncated!: boolean;

  @Shown({ type: 'integer', description: 'Expected starts in all.' })
  starts!: number;

  @Shown({ type: [ForecastMinuteResponse], description: 'Minutes with starts, soonest first.' })
  minutes!: ForecastMinuteResponse[];

  @Shown({
    type: [HotSecondResponse],
    description: 'Seconds in which many tasks start; the busiest first, at most ten.',
  })
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
