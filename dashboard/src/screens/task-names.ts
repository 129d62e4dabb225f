import { useInfiniteQuery } from '@tanstack/react-query';
import { tasksQuery } from '../api/queries.ts';

/** The names of the newest tasks. A run tells only the id of its task. */
export function useTaskNames(): (id: string) => string {
  const { data } = useInfiniteQuery({ ...tasksQuery({}), staleTime: 30_000 });
  const names = new Map(data?.pages.flatMap((page) => page.items.map(({ id, name }) => [id, name] as const)));
  return (id) => names.get(id) ?? `task ${id.slice(0, 13)}…`;
}
