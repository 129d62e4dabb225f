import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { serverNow } from '../time/clock.ts';
import { api, got, type Schemas } from './client.ts';
import {
  runQueryOf,
  type AuditFilter,
  type DeliveryFilter,
  type EventFilter,
  type ListedTasks,
  type RunFilter,
  type TaskFilter,
} from './filters.ts';

/** How often a screen asks anew, in milliseconds: not at all while it is hidden or held. */
export const EVERY_MS = 5000;

/** Members that are set. */
const set = <Query extends object>(query: Query): { [Key in keyof Query]?: Exclude<Query[Key], undefined> } =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined && value !== '')) as never;

/** A list that is read page by page. */
const paged = <Page extends { nextCursor: string | null }>(
  queryKey: readonly unknown[],
  page: (cursor: { cursor?: string }, signal: AbortSignal) => Promise<Page>,
) =>
  infiniteQueryOptions({
    queryKey,
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) => page(set({ cursor: pageParam }), signal),
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });

export const statsQuery = queryOptions({ queryKey: ['stats'], queryFn: () => got(api.GET('/v1/stats')) });

/** Tasks and instances that somebody should look at. */
export const attentionQuery = queryOptions({
  queryKey: ['attention'],
  queryFn: () => got(api.GET('/v1/attention')),
});

/** What starts within the next hour, soonest first. */
export const upcomingQuery = (limit: number) =>
  queryOptions({
    queryKey: ['upcoming', limit],
    queryFn: () => got(api.GET('/v1/upcoming', { params: { query: { hours: 1, limit } } })),
  });

export const forecastQuery = (hours: number) =>
  queryOptions({
    queryKey: ['forecast', hours],
    staleTime: 30_000,
    placeholderData: keepPreviousData,
    queryFn: () => got(api.GET('/v1/forecast', { params: { query: { hours } } })),
  });

/** What the clock changes of the coming days do to tasks. */
export const clockChangesQuery = (days: number) =>
  queryOptions({
    queryKey: ['clock-changes', days],
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => got(api.GET('/v1/clock-changes', { signal, params: { query: { days } } })),
  });

/** Who starts within a stretch of time from an instant on. */
export const startsQuery = (at: string, stepMs: number) =>
  paged(['forecast-starts', at, stepMs], (cursor, signal) =>
    got(api.GET('/v1/forecast/starts', { signal, params: { query: { at, stepMs, limit: 100, ...cursor } } })),
  );

export const instancesQuery = queryOptions({
  queryKey: ['instances'],
  queryFn: () => got(api.GET('/v1/instances', { params: { query: { limit: 100 } } })),
});

/** How much of what it may have is in use. */
export const usageQuery = queryOptions({
  queryKey: ['usage'],
  queryFn: () => got(api.GET('/v1/settings/usage')),
});

/** What a calendar leaves out in the coming year. */
export const calendarQuery = (name: string) =>
  queryOptions({
    queryKey: ['calendar-days', name],
    queryFn: () => got(api.GET('/v1/calendars/{name}/days', { params: { path: { name } } })),
  });

export const queuesQuery = queryOptions({ queryKey: ['queues'], queryFn: () => got(api.GET('/v1/queues')) });

export const tasksQuery = ({ state, tag, health, ...filter }: ListedTasks, limit = 200) => {
  const several = { ...(state && { state: [state] }), ...(tag && { tag: [tag] }), ...(health && { health: [health] }) };
  const query = { ...set(filter), ...several, limit };
  return paged(['tasks', query], (cursor, signal) =>
    got(api.GET('/v1/tasks', { signal, params: { query: { ...query, ...cursor } } })),
  );
};

/** What the tasks can be narrowed to, with how many there are of it. */
export const facetsQuery = queryOptions({
  queryKey: ['facets'],
  staleTime: 10_000,
  // The service counts anew every few seconds: what was made just before comes with the next counts.
  refetchInterval: 10_000,
  queryFn: ({ signal }) => got(api.GET('/v1/tasks/facets', { signal })),
});

/** The newest tasks, for their names: those change less often than the tasks do. */
export const taskNamesQuery = queryOptions({
  queryKey: ['task-names'],
  staleTime: 30_000,
  queryFn: ({ signal }) => got(api.GET('/v1/tasks', { signal, params: { query: { limit: 200 } } })),
});

/** The next run of the same task, by its planned time, that succeeded. */
export const laterSuccessQuery = ({ taskId, scheduledFor }: Schemas['RunResponse']) =>
  queryOptions({
    queryKey: ['runs', 'later', taskId, scheduledFor],
    queryFn: ({ signal }) => {
      const from = new Date(Date.parse(scheduledFor) + 1).toISOString();
      const query = { taskId, state: ['succeeded' as const], from, order: 'oldest' as const, limit: 1 };
      return got(api.GET('/v1/runs', { signal, params: { query } }));
    },
  });

/** Its pages reach back to one instant: that of the first of them. */
export const runsQuery = (filter: RunFilter, limit = 100) =>
  infiniteQueryOptions({
    queryKey: ['runs', filter, limit],
    initialPageParam: undefined as { now: number; cursor: string } | undefined,
    placeholderData: keepPreviousData,
    queryFn: async ({ pageParam, signal }) => {
      const { now, cursor } = pageParam ?? { now: serverNow(), cursor: undefined };
      const query = { ...set(runQueryOf(filter, now)), limit, ...set({ cursor }) };
      return { ...(await got(api.GET('/v1/runs', { signal, params: { query } }))), now };
    },
    getNextPageParam: ({ nextCursor, now }) => (nextCursor === null ? undefined : { now, cursor: nextCursor }),
  });

export const auditQuery = ({ people, ...filter }: AuditFilter) => {
  const query = { ...set(filter), ...(people && { actorType: ['user' as const, 'api-key' as const] }), limit: 100 };
  return paged(
    ['audit', query],
    (cursor, signal) =>
      got(api.GET('/v1/audit', { signal, params: { query: { ...query, ...cursor } } })) as Promise<
        Schemas['AuditPage']
      >,
  );
};

export interface MatrixQuery extends TaskFilter {
  from: string;
  to: string;
  step: '1m' | '5m' | '15m' | '1h' | '6h' | '1d';
  timeZone: string;
}

/** The occurrences of many tasks in cells of time. */
export const matrixQuery = (query: MatrixQuery) =>
  paged(['matrix', query], (cursor, signal) =>
    got(
      api.GET('/v1/occurrences', {
        signal,
        params: { query: { ...(set(query) as MatrixQuery), limit: 50, ...cursor } },
      }),
    ),
  );

/** What was due for a task within a time. */
export const cellQuery = (id: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['cell', id, from, to],
    queryFn: () =>
      got(api.GET('/v1/tasks/{id}/occurrences', { params: { path: { id }, query: { from, to, limit: 100 } } })),
  });

export const eventsQuery = ({ type, source }: EventFilter) =>
  paged(['events', type, source], (cursor, signal) =>
    got(api.GET('/v1/events', { signal, params: { query: { ...set({ type, source }), limit: 100, ...cursor } } })),
  );

export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ['event', id],
    queryFn: () => got(api.GET('/v1/events/{id}', { params: { path: { id } } })),
  });

export const deadLettersQuery = paged(['dead-letters'], (cursor, signal) =>
  got(api.GET('/v1/dead-letters', { signal, params: { query: { limit: 100, ...cursor } } })),
);

export const sourcesQuery = paged(['webhook-sources'], (cursor, signal) =>
  got(api.GET('/v1/webhook-sources', { signal, params: { query: { limit: 100, ...cursor } } })),
);

export const sourceQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhook-source', id],
    queryFn: () => got(api.GET('/v1/webhook-sources/{id}', { params: { path: { id } } })),
  });

export const hooksQuery = (id: string, filter: { result?: 'accepted' | 'refused' }, limit = 100) =>
  paged(['webhook-deliveries', id, filter, limit], (cursor, signal) =>
    got(
      api.GET('/v1/webhook-sources/{id}/deliveries', {
        signal,
        params: { path: { id }, query: { ...set(filter), limit, ...cursor } },
      }),
    ),
  );

export const channelsQuery = paged(['channels'], (cursor, signal) =>
  got(api.GET('/v1/notification-channels', { signal, params: { query: { limit: 100, ...cursor } } })),
);

export const rulesQuery = paged(['rules'], (cursor, signal) =>
  got(api.GET('/v1/notification-rules', { signal, params: { query: { limit: 100, ...cursor } } })),
);

export const deliveriesQuery = (filter: DeliveryFilter, limit = 100) =>
  paged(['deliveries', filter, limit], (cursor, signal) =>
    got(api.GET('/v1/notification-deliveries', { signal, params: { query: { ...set(filter), limit, ...cursor } } })),
  );

export const schedulesQuery = paged(['report-schedules'], (cursor, signal) =>
  got(api.GET('/v1/report-schedules', { signal, params: { query: { limit: 100, ...cursor } } })),
);

export const keysQuery = paged(['api-keys'], (cursor, signal) =>
  got(api.GET('/v1/api-keys', { signal, params: { query: { limit: 100, ...cursor } } })),
);

export const taskQuery = (id: string) =>
  queryOptions({
    queryKey: ['task', id],
    queryFn: () => got(api.GET('/v1/tasks/{id}', { params: { path: { id } } })),
  });

/** How a task went in the last days. */
export const figuresQuery = (id: string, days: number) =>
  queryOptions({
    queryKey: ['figures', id, days],
    placeholderData: keepPreviousData,
    queryFn: () => {
      const from = new Date(serverNow() - days * 86_400_000).toISOString();
      return got(api.GET('/v1/tasks/{id}/figures', { params: { path: { id }, query: { from } } }));
    },
  });

/** What changed of a task. */
export const versionsQuery = (id: string) =>
  paged(['versions', id], (cursor, signal) =>
    got(api.GET('/v1/tasks/{id}/versions', { signal, params: { path: { id }, query: { limit: 20, ...cursor } } })),
  );

export const nextRunsQuery = (id: string, count = 10) =>
  queryOptions({
    queryKey: ['next-runs', id, count],
    queryFn: () => got(api.GET('/v1/tasks/{id}/next-runs', { params: { path: { id }, query: { count } } })),
  });

/** The outcomes of the last `spanMs`. */
export const occurrencesQuery = (id: string, spanMs: number) =>
  queryOptions({
    queryKey: ['occurrences', id, spanMs],
    placeholderData: keepPreviousData,
    queryFn: () => {
      const from = new Date(serverNow() - spanMs).toISOString();
      return got(api.GET('/v1/tasks/{id}/occurrences', { params: { path: { id }, query: { from, limit: 200 } } }));
    },
  });

export const explainQuery = (id: string, at: string | undefined) =>
  queryOptions({
    queryKey: ['explain', id, at],
    staleTime: 2000,
    queryFn: () => got(api.GET('/v1/tasks/{id}/explain', { params: { path: { id }, query: set({ at }) } })),
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['run', id],
    queryFn: () => got(api.GET('/v1/runs/{id}', { params: { path: { id } } })),
  });
