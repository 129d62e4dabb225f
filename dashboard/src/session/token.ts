const KEY = 'scheduled-task-runner.token';

/** Here, and nowhere in the state of components or queries, where tools for developers would show it. */
let token: string | null = null;

/** The token of this tab, if one was kept for it. */
function ofTab(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const currentToken = (): string | null => (token ??= ofTab());

/** Keeps the token for this page, or until the tab is closed. */
export function keepToken(value: string, isForTab: boolean): void {
  token = value;
  if (!isForTab) return;
  try {
    sessionStorage.setItem(KEY, value);
  } catch {
    // It counts for this page then.
  }
}

export function forgetToken(): void {
  token = null;
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept there.
  }
}

/** When a JSON Web Token ends, in epoch milliseconds; null if that is not known. */
export function endOf(value: string | null): number | null {
  try {
    const part = value?.split('.')[1] ?? '';
    const { exp } = JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/'))) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : null;
  } catch {
    return null;
  }
}
