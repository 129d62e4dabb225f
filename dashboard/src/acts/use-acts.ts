import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { includes, meQuery, type Role } from '../session/session.ts';
import { Acts } from './acts.ts';

export function useActs(): Acts {
  const queries = useQueryClient();
  return useMemo(() => new Acts(queries), [queries]);
}

/** Whether the caller may do what needs the role: what it may not is not offered. */
export function useMay(role: Role): boolean {
  const { data } = useQuery(meQuery);
  return data !== undefined && includes(data.roles, role);
}
