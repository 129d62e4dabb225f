import { queryOptions } from '@tanstack/react-query';
import { API, BASE, isHostSignIn } from '../app/base.ts';
import { Store } from '../app/store.ts';
import { api, got } from '../api/client.ts';
import { learnTime } from '../time/clock.ts';
import { currentToken, forgetToken, keepToken } from './token.ts';

export type Role = 'viewer' | 'operator' | 'editor' | 'admin';
const ROLES: readonly Role[] = ['viewer', 'operator', 'editor', 'admin'];

/** Whether one of the roles is the demanded one or includes it. */
export const includes = (roles: readonly string[], demanded: Role): boolean =>
  roles.some((role) => ROLES.indexOf(role as Role) >= ROLES.indexOf(demanded));

/** Whether calls have someone in whose name they are made; why not, where a call was refused. */
export const session = new Store<{ isIn: boolean; reason: string | null }>({
  isIn: isHostSignIn || currentToken() !== null,
  reason: null,
});

export function signIn(token: string, isForTab: boolean): void {
  keepToken(token, isForTab);
  session.set({ isIn: true, reason: null });
}

export function signOut(reason: string | null = null): void {
  forgetToken();
  session.set({ isIn: false, reason });
}

/** Exchanges the code of the link that the service prints. The address forgets it at once. */
export async function signInByLink(): Promise<void> {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
  if (code === undefined) return;
  history.replaceState(null, '', location.pathname + location.search);
  try {
    const answer = await fetch(`${API}${BASE.slice(BASE.lastIndexOf('/'))}/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    if (!answer.ok) throw new Error('The link has been used, or is older than 15 minutes. Sign in by a token.');
    signIn(((await answer.json()) as { token: string }).token, true);
  } catch (error) {
    if (currentToken() === null) signOut(error instanceof Error ? error.message : null);
  }
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  staleTime: 60_000,
  queryFn: async () => {
    const sent = Date.now();
    const me = await got(api.GET('/v1/me'));
    learnTime(me.at, sent, Date.now());
    return me;
  },
});
