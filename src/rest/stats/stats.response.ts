import type { TaskPoint } from '../../overview/task-series.js';
import type { Series, SeriesPoint } from '../../stats/series.service.js';
import type { Stats } from '../../stats/stats.service.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';
import { ForecastMinuteResponse } from '../forecast/forecast.response.js';
import { LatenessResponse } from './lateness.response.js';

const ShownCount = (description?: string) => Shown({ type: 'integer', ...(description && { description }) });

/** How many tasks there are in each state. */
export class TaskCountsResponse {
  @ShownCount()
  active!: number;

  @ShownCount()
  paused!: number;

  @ShownCount()
  completed!: number;

  @Shown({ description: 'Whether a state has 20,000 tasks or more; the rest is not counted.' })
  truncated!: boolean;
}

/** The unfinished runs. */
export class BacklogResponse {
  @ShownCount('Runs that are due and have not started.')
  waiting!: number;

  @ShownCount('Runs that are claimed ahead of their time.')
  armed!: number;

  @ShownCount()
  running!: number;

  @ShownCount('Runs between two attempts.')
  retrying!: number;

  @Shown({
    description: 'Whether the service has so many unfinished runs (10,000 or more) that some were not looked at.',
  })
  truncated!: boolean;
}

/** What happened in a span of time. */
export class TotalsResponse {
  @ShownCount('How many attempts started.')
  starts!: number;

  @ShownCount()
  succeeded!: number;

  @ShownCount()
  failed!: number;

  @ShownCount()
  timed_out!: number;

  @ShownCount()
  cancelled!: number;

  @ShownCount()
  skipped!: number;

  @ShownCount()
  missed!: number;
}

/** A coming start. */
export class NextStartResponse {
  @Shown({ format: 'uuid' })
  taskId!: string;

  @Shown()
  name!: string;

  @ShownInstant()
  scheduledFor!: string;

  @ShownInstant()
  dueAt!: string;
}

/** The figures of a dashboard. Those of the last hour and the last day are at most ten seconds old. */
export class StatsResponse {
  @ShownInstant()
  at!: string;

  @Shown({ type: TaskCountsResponse })
  tasks!: TaskCountsResponse;

  @Shown({ type: BacklogResponse })
  backlog!: BacklogResponse;

  @Shown({ type: TotalsResponse })
  lastHour!: TotalsResponse;

  @Shown({ type: TotalsResponse })
  lastDay!: TotalsResponse;

  @Shown({
    type: LatenessResponse,
    description: "The lateness of the last hour's starts; each percentile is an upper bound.",
  })
  lateness!: LatenessResponse;

  @Shown({ type: [ForecastMinuteResponse], description: 'The last sixty minutes, oldest first.' })
  minutes!: ForecastMinuteResponse[];

  @Shown({ type: [NextStartResponse], description: 'The next starts, at most ten, soonest first.' })
  next!: NextStartResponse[];
}

/** How many occurrences got no run of their own. */
export class OccurrencesLeftOutResponse {
  @ShownCount()
  skipped!: number;

  @ShownCount()
  missed!: number;

  @ShownCount('A later occurrence ran in their place.')
  coalesced!: number;
}

/** What happened within one step. */
export class SeriesPointResponse extends TotalsResponse {
  @ShownInstant({ description: 'The beginning of the step.' })
  at!: string;

  @Shown({ type: LatenessResponse, description: 'The lateness of its starts; each percentile is an upper bound.' })
  lateness!: LatenessResponse;

  @Shown({ type: LatenessResponse, required: false, description: 'Of tasks: how long the runs took that ended.' })
  duration?: LatenessResponse;

  @Shown({ type: OccurrencesLeftOutResponse, required: false, description: 'Of tasks: occurrences without a run.' })
  leftOut?: OccurrencesLeftOutResponse;
}

/** The figures over time. Those of all tasks are at most ten seconds old, and kept for two days. */
export class SeriesResponse {
  @ShownInstant()
  from!: string;

  @ShownInstant()
  to!: string;

  @Shown({ type: 'integer' })
  stepMs!: number;

  @Shown({ type: [SeriesPointResponse], description: 'The steps in which something happened, oldest first.' })
  points!: SeriesPointResponse[];

  @Shown({
    description:
      'Whether it begins before the figures that are kept; of tasks, whether not all of them and of their runs count.',
  })
  truncated!: boolean;
}

export const toSeriesResponse = ({ from, to, points, ...rest }: Series<SeriesPoint | TaskPoint>): SeriesResponse =>
  respond(SeriesResponse, {
    ...rest,
    from: toIso(from),
    to: toIso(to),
    points: points.map((point) => ({ ...point, at: toIso(point.at) })),
  });

export const toStatsResponse = ({ at, minutes, next, ...stats }: Stats): StatsResponse =>
  respond(StatsResponse, {
    ...stats,
    at: toIso(at),
    minutes: minutes.map((minute) => ({ at: toIso(minute.at), starts: minute.starts })),
    next: next.map((start) => ({ ...start, scheduledFor: toIso(start.scheduledFor), dueAt: toIso(start.dueAt) })),
  });
