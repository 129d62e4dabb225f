import { RANGES, type RangeName } from '../screens/matrix/ranges.ts';

/** What a list of tasks is narrowed to. All of it is in the address. */
export interface TaskFilter {
  state?: 'active' | 'paused' | 'completed';
  queue?: string;
  tag?: string;
  q?: string;
}

export interface RunFilter {
  taskId?: string;
  state?: (typeof RUN_STATES)[number];
  trigger?: (typeof RUN_TRIGGERS)[number];
  /** Only what went wrong, or only of that what nothing has mended. */
  only?: (typeof ONLY)[number];
  /** How far back, and by which of a run's instants. */
  since?: Since;
  by?: 'startedAt' | 'finishedAt';
  tag?: string;
  code?: string;
  text?: string;
  eventId?: string;
  retryOf?: string;
  instance?: string;
  minLatenessMs?: number;
  minDurationMs?: number;
  order?: 'oldest';
}

export const ONLY = ['bad', 'unmended'] as const;
/** How far back a list of runs can reach, in hours. */
export const SINCE = { '1h': 1, '8h': 8, '1d': 24, '7d': 168 } as const;
export type Since = keyof typeof SINCE;
const BAD = ['failed', 'timed_out', 'missed'] as const;

export const TASK_STATES = ['active', 'paused', 'completed'] as const;
const ENDED = ['succeeded', 'failed', 'timed_out', 'cancelled', 'skipped', 'missed'] as const;
export const RUN_STATES = ['pending', 'running', 'retrying', ...ENDED] as const;
export const RUN_TRIGGERS = ['schedule', 'manual', 'event', 'backfill', 'retry'] as const;

/** Whether a run of this state has ended. */
export const hasEnded = (state: string | undefined): boolean => ENDED.some((each) => each === state);

/** The longest lateness or duration that is looked for: a year. */
const MOST_MS = 31_557_600_000;

const textOf = (value: unknown): string | undefined => {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return text === '' ? undefined : text.slice(0, 200);
};

const oneOf = <Value extends string>(values: readonly Value[], value: unknown): Value | undefined =>
  values.find((each) => each === value);

const lengthOf = (value: unknown): number | undefined => {
  const ms = Number(value);
  return value !== undefined && Number.isSafeInteger(ms) && ms > 0 ? Math.min(ms, MOST_MS) : undefined;
};

/** What of it is there. */
export const defined = <Filter extends object>(filter: { [Key in keyof Filter]: Filter[Key] | undefined }): Filter =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as Filter;

export const HEALTHS = ['overdue', 'failing', 'never', 'ok'] as const;
export const TASK_SORTS = ['name', 'nextRunAt', 'updatedAt'] as const;

/** What only a list of tasks knows, and no matrix: how they do, and their order. */
export interface ListedTasks extends TaskFilter {
  health?: (typeof HEALTHS)[number];
  sort?: (typeof TASK_SORTS)[number];
  order?: 'desc' | 'asc';
}

/** A list of tasks, or its matrix, and what is shown of that. */
export interface TaskView extends ListedTasks {
  view?: 'matrix';
  range?: RangeName;
  shift?: number;
  cell?: string;
}

/** The filter and the view of an address. What it does not know is left out. */
export const taskViewOf = (search: Record<string, unknown>): TaskView => {
  const shift = Math.trunc(Number(search['shift']));
  return defined<TaskView>({
    ...taskFilterOf(search),
    health: oneOf(HEALTHS, search['health']),
    sort: oneOf(TASK_SORTS, search['sort']),
    order: search['sort'] === undefined ? undefined : oneOf(['asc', 'desc'] as const, search['order']),
    view: oneOf(['matrix'] as const, search['view']),
    range: oneOf(
      RANGES.map(({ name }) => name),
      search['range'],
    ),
    shift: Math.abs(shift) > 0 && Math.abs(shift) < 1000 ? shift : undefined,
    cell: /^[\w-]{1,64}@[\w:.-]{10,40}@[\w:.-]{10,40}$/.exec(textOf(search['cell']) ?? '')?.[0],
  });
};

/** The filter of an address. What it does not know is left out. */
export const taskFilterOf = (search: Record<string, unknown>): TaskFilter =>
  defined<TaskFilter>({
    state: oneOf(TASK_STATES, search['state']),
    queue: textOf(search['queue']),
    tag: textOf(search['tag']),
    q: textOf(search['q']),
  });

export const runFilterOf = (search: Record<string, unknown>): RunFilter =>
  defined<RunFilter>({
    taskId: textOf(search['taskId']),
    state: oneOf(RUN_STATES, search['state']),
    trigger: oneOf(RUN_TRIGGERS, search['trigger']),
    only: oneOf(ONLY, search['only']),
    since: oneOf(Object.keys(SINCE) as Since[], search['since']),
    by: oneOf(['startedAt', 'finishedAt'] as const, search['by']),
    tag: textOf(search['tag'])?.slice(0, 64),
    code: textOf(search['code'])?.slice(0, 100),
    text: textOf(search['text']),
    eventId: textOf(search['eventId']),
    retryOf: textOf(search['retryOf'])?.slice(0, 100),
    instance: textOf(search['instance'])?.slice(0, 100),
    minLatenessMs: lengthOf(search['minLatenessMs']),
    minDurationMs: lengthOf(search['minDurationMs']),
    order: oneOf(['oldest'] as const, search['order']),
  });

/** What the service is asked for by a filter, at an instant (epoch ms). A state that was chosen counts before what went wrong. */
export function runQueryOf({ only, since, tag, ...filter }: RunFilter, now: number) {
  return {
    ...filter,
    ...(tag !== undefined && { tag: [tag] }),
    ...(only === 'bad' && filter.state === undefined && { state: [...BAD] }),
    ...(only === 'unmended' && { unmended: 'true' as const }),
    ...(since !== undefined && { from: new Date(now - SINCE[since] * 3_600_000).toISOString() }),
  };
}

export interface AuditFilter {
  actor?: string;
  action?: string;
  object?: string;
  /** Only what people and keys did. */
  people?: true;
}

export const auditFilterOf = (search: Record<string, unknown>): AuditFilter =>
  defined<AuditFilter>({
    actor: textOf(search['actor']),
    action: textOf(search['action']),
    object: textOf(search['object']),
    people: search['people'] === true ? true : undefined,
  });

/** The list of runs, or what failed by what it says. */
export interface RunView extends RunFilter {
  view?: 'failures';
  days?: Days;
  unmended?: true;
}

export const runViewOf = (search: Record<string, unknown>): RunView =>
  defined<RunView>({
    ...runFilterOf(search),
    view: oneOf(['failures'] as const, search['view']),
    days: DAYS.find((each) => each === Number(search['days'])),
    unmended: search['unmended'] === true ? true : undefined,
  });

export interface EventFilter {
  type?: string;
  source?: string;
  /** The event that is shown beside the list. */
  id?: string;
}

export const eventFilterOf = (search: Record<string, unknown>): EventFilter =>
  defined<EventFilter>({
    type: textOf(search['type']),
    source: textOf(search['source']),
    id: textOf(search['id']),
  });

/** The parts of a task's screen. */
export const TASK_TABS = ['timeline', 'runs', 'figures', 'definition', 'versions'] as const;

/** How far ahead the forecast looks. */
export const HOURS = [1, 6, 24] as const;

/** How many days ahead clock changes are told. */
export const CHANGE_DAYS = [60, 180, 400] as const;
export type ChangeDays = (typeof CHANGE_DAYS)[number];

interface ForecastView {
  hours?: (typeof HOURS)[number];
  days?: ChangeDays;
}

export const forecastViewOf = (search: Record<string, unknown>): ForecastView =>
  defined<ForecastView>({
    hours: HOURS.find((each) => each === Number(search['hours'])),
    days: CHANGE_DAYS.find((each) => each === Number(search['days'])),
  });

export const resultOf = (search: Record<string, unknown>): { result?: 'accepted' | 'refused' } =>
  defined({ result: oneOf(['accepted', 'refused'] as const, search['result']) });

export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'held', 'expired'] as const;

export interface DeliveryFilter {
  channel?: string;
  status?: (typeof DELIVERY_STATES)[number];
}

export const deliveryFilterOf = (search: Record<string, unknown>): DeliveryFilter =>
  defined<DeliveryFilter>({ channel: textOf(search['channel']), status: oneOf(DELIVERY_STATES, search['status']) });

export const REPORTS_BY = ['task', 'tag', 'day', 'organization'] as const;
export const DAYS = [1, 7, 30] as const;
export type Days = (typeof DAYS)[number];

export interface ReportFilter {
  by?: (typeof REPORTS_BY)[number];
  days?: Days;
  tag?: string;
}

export const reportFilterOf = (search: Record<string, unknown>): ReportFilter =>
  defined<ReportFilter>({
    by: oneOf(REPORTS_BY, search['by']),
    days: DAYS.find((each) => each === Number(search['days'])),
    tag: textOf(search['tag']),
  });
