import type { Capacity } from '../../overview/capacity.js';
import type { Load } from '../../scheduling/planning/load-forecast.js';
import type {
  ComparedLoad,
  Forecast,
  ForecastComparison,
  ForecastLoad,
} from '../../scheduling/tasks/forecast.service.js';
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

/** What limits how much can start. */
export class CapacityResponse {
  @Shown({
    type: 'integer',
    description: 'How many runs all living instances execute at a time, of whichever organization.',
  })
  slots!: number;

  @Shown({
    type: 'integer',
    nullable: true,
    description: 'How many runs the organization may have; null without a limit.',
  })
  concurrentRuns!: number | null;

  @Shown({ type: 'integer', nullable: true, description: 'How often it may start; null without a limit.' })
  startsPerMinute!: number | null;
}

/** What a forecast is about. */
class ForecastSpanResponse {
  @ShownInstant()
  from!: string;

  @ShownInstant()
  to!: string;

  @Shown({ type: 'integer', example: 60_000, description: 'How long the stretches of `minutes` are.' })
  stepMs!: number;

  @Shown({ type: 'integer', description: 'How many active tasks the forecast looked at.' })
  tasks!: number;

  @Shown({ description: 'Whether the forecast is incomplete because there are too many tasks or starts.' })
  truncated!: boolean;

  @Shown({ type: CapacityResponse })
  capacity!: CapacityResponse;
}

const MINUTES = 'Minutes with starts, or stretches of another length where `step` says so; soonest first.';
const HOT_SECONDS = 'Seconds in which many tasks start; the busiest first, at most ten.';

/** The expected load of the coming hours. */
export class ForecastResponse extends ForecastSpanResponse {
  @Shown({ type: 'integer', description: 'Expected starts in all.' })
  starts!: number;

  @Shown({ type: [ForecastMinuteResponse], description: MINUTES })
  minutes!: ForecastMinuteResponse[];

  @Shown({ type: [HotSecondResponse], description: HOT_SECONDS })
  hotSeconds!: HotSecondResponse[];
}

/** A load beside another one. */
export class ComparedLoadResponse {
  @Shown({ type: 'integer', description: 'Expected starts in all.' })
  starts!: number;

  @Shown({ type: ForecastMinuteResponse, nullable: true, description: 'The stretch with the most starts.' })
  busiest!: ForecastMinuteResponse | null;

  @Shown({
    type: ForecastMinuteResponse,
    nullable: true,
    description: 'The second with the most starts, of the tasks that are due 200 times or less in this time.',
  })
  busiestSecond!: ForecastMinuteResponse | null;

  @Shown({ type: [ForecastMinuteResponse], description: MINUTES })
  minutes!: ForecastMinuteResponse[];

  @Shown({ type: [HotSecondResponse], description: `${HOT_SECONDS} Tasks that do not exist are not named.` })
  hotSeconds!: HotSecondResponse[];
}

/** The load as things are, and by another plan. */
export class ForecastComparisonResponse extends ForecastSpanResponse {
  @Shown({ type: ComparedLoadResponse, description: 'As things are.' })
  before!: ComparedLoadResponse;

  @Shown({ type: ComparedLoadResponse, description: 'By the other plan.' })
  after!: ComparedLoadResponse;
}

export const toForecastResponse = ({ from, to, ...forecast }: Forecast, capacity: Capacity): ForecastResponse =>
  respond(ForecastResponse, { ...forecast, ...loadOf(forecast), capacity, from: toIso(from), to: toIso(to) });

export const toForecastComparisonResponse = (
  { from, to, before, after, ...rest }: ForecastComparison,
  capacity: Capacity,
): ForecastComparisonResponse =>
  respond(ForecastComparisonResponse, {
    ...rest,
    capacity,
    from: toIso(from),
    to: toIso(to),
    before: comparedOf(before),
    after: comparedOf(after),
  });

const comparedOf = ({ busiest, busiestSecond, ...load }: ComparedLoad): ComparedLoadResponse => ({
  ...loadOf(load),
  busiest: busiest && minuteOf(busiest),
  busiestSecond: busiestSecond && minuteOf(busiestSecond),
});

const minuteOf = ({ at, starts }: Load): ForecastMinuteResponse => ({ at: toIso(at), starts });

const loadOf = ({ starts, minutes, hotSeconds }: ForecastLoad) => ({
  starts,
  minutes: minutes.map(minuteOf),
  hotSeconds: hotSeconds.map((second) => ({
    ...second,
    at: toIso(second.at),
    suggestion: `${second.starts} tasks start in this second; with "spreadMs": ${second.suggestedSpreadMs} about ${Math.ceil(
      (second.starts * 1000) / second.suggestedSpreadMs,
    )} would.`,
  })),
});
