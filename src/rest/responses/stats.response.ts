import type { Stats } from '../../stats/stats.service.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from './expose.js';
import { ForecastMinuteResponse } from './forecast.response.js';

const ShownCount = (description?: string) => Shown({ type: 'integer', ...(description && { description }) });
const ShownLateness = () => Shown({ type: 'integer', nullable: true });

/** How many tasks there are in each state. */
export class TaskCountsResponse {
  @ShownCount()
  active!: number;

  @ShownCount()
  paused!: number;

  @ShownCount()
  completed!: number;

  @Shown({ description: 'Whether there are more than 20,000 in a state, which are not counted.' })
  truncated!: boolean;
}

/** The unfinished runs. */
export class BacklogResponse {
  @ShownCount('Due, and not started.')
  waiting!: number;

  @ShownCount('Claimed ahead of their time.')
  armed!: number;

  @ShownCount()
  running!: number;

  @ShownCount('Between two attempts.')
  retrying!: number;

  @Shown({ description: 'Whether the service has more unfinished runs than were looked at.' })
  truncated!: boolean;
}

/** What happened in a span of time. */
export class TotalsResponse {
  @ShownCount('Attempts that started.')
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

/** How late starts were, in milliseconds; null where there were none. */
export class LatenessResponse {
  @ShownLateness()
  p50Ms!: number | null;

  @ShownLateness()
  p95Ms!: number | null;

  @ShownLateness()
  p99Ms!: number | null;

  @ShownLateness()
  worstMs!: number | null;
}

/** A start that is to come. */
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

/** The figures of a dashboard; those of the last hour and day are at most ten seconds old. */
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
    description: 'Of the starts of the last hour, each as the bound below which it lies.',
  })
  lateness!: LatenessResponse;

  @Shown({ type: [ForecastMinuteResponse], description: 'The last sixty minutes, oldest first.' })
  minutes!: ForecastMinuteResponse[];

  @Shown({ type: [NextStartResponse], description: 'The next starts, at most ten, soonest first.' })
  next!: NextStartResponse[];
}

export const toStatsResponse = ({ at, minutes, next, ...stats }: Stats): StatsResponse =>
  respond(StatsResponse, {
    ...stats,
    at: toIso(at),
    minutes: minutes.map((minute) => ({ at: toIso(minute.at), starts: minute.starts })),
    next: next.map((start) => ({ ...start, scheduledFor: toIso(start.scheduledFor), dueAt: toIso(start.dueAt) })),
  });
