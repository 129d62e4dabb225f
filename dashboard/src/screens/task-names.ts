import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../api/client.ts';
import { taskNamesQuery } from '../api/queries.ts';

const namesOf = ({ items }: Schemas['TaskPage']): Map<string, string> =>
  new Map(items.map(({ id, name }) => [id, name]));

/** The names of the newest tasks. A run tells only the id of its task. */
export function useTaskNames(isWanted = true): (id: string) => string {
  const { data: names } = useQuery({ ...taskNamesQuery, enabled: isWanted, select: namesOf });
  return (id) => names?.get(id) ?? `task ${id.slice(0, 13)}…`;
}
