import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../api/client.ts';
import { taskNamesQuery } from '../api/queries.ts';

const namesOf = ({ items }: Schemas['TaskPage']): Map<string, string> =>
  new Map(items.map(({ id, name }) => [id, name]));

/** The names of the newest tasks, where only their ids are told. */
export function useTaskNames(): (id: string) => string {
  const { data: names } = useQuery({ ...taskNamesQuery, select: namesOf });
  return (id) => names?.get(id) ?? `task …${id.slice(-12)}`;
}
