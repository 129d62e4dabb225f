import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useState, type ReactNode } from 'react';
import { silentSince } from '../api/client.ts';
import { meQuery, signOut } from '../session/session.ts';
import { currentToken, endOf } from '../session/token.ts';
import { serverNow, useNow } from '../time/clock.ts';
import { offsetAt } from '../time/format.ts';
import { Foreign } from '../ui/text.tsx';
import { Toasts } from '../ui/toasts.tsx';
import { isHostSignIn } from './base.ts';
import { useChanges } from './changes.ts';
import { Connection, ServerClock } from './connection.tsx';
import { useKeys } from './keys.ts';
import { isLive } from './live.ts';
import { pagesFor } from './pages.ts';
import { prefer, preferences, type Theme, type ZoneChoice } from './preferences.ts';
import { useStore } from './store.ts';

const Palette = lazy(() => import('./palette.tsx').then(({ Palette: component }) => ({ default: component })));
const Help = lazy(() => import('./help.tsx').then(({ Help: component }) => ({ default: component })));

const WARNED_MS = 60_000;

/** What surrounds every screen. */
export function Shell(): ReactNode {
  const { data: me } = useQuery(meQuery);
  const [open, setOpen] = useState<'palette' | 'help' | null>(null);
  const pages = useMemo(() => pagesFor(me?.roles ?? []), [me?.roles]);
  const navigate = useNavigate();
  const keys = useMemo(
    () => [
      ...pages.map((page) => ({
        keys: page.keys,
        what: page.label,
        act: () => void navigate({ to: page.to }),
      })),
      { keys: '?', what: 'Help', act: () => setOpen('help') },
      { keys: '/', what: 'Search', act: () => document.querySelector<HTMLElement>('[data-search]')?.focus() },
    ],
    [pages, navigate],
  );
  useKeys(keys);
  useChanges();
  usePaletteKey(() => setOpen('palette'));
  useHeadingFocus();
  const isStale = useStore(silentSince) !== null;
  return (
    <div className={isStale ? 'shell stale' : 'shell'}>
      <a className="skip" href="#main">
        To the content
      </a>
      <nav className="nav" aria-label="Pages">
        <span className="brand">Task Runner</span>
        {pages.map(({ to, label, sign, isLesser }) => (
          <Link
            key={to}
            to={to}
            className={isLesser ? 'lesser' : ''}
            activeOptions={{ exact: to === '/' }}
            activeProps={{ 'aria-current': 'page' }}
          >
            <span aria-hidden="true">{sign}</span> {label}
          </Link>
        ))}
        <button type="button" className="quiet more" onClick={() => setOpen('palette')}>
          More
        </button>
      </nav>
      <header className="top">
        {me && (
          <span className="who" title="Organization and role">
            <span className="muted wide-only">Organization </span>
            <Foreign value={me.organization} most={40} /> <span className="role">{roleOf(me.roles)}</span>
          </span>
        )}
        <Connection />
        <ServerClock />
        <span className="space" />
        <button type="button" onClick={() => setOpen('palette')} className="go">
          Go to… <kbd>Ctrl K</kbd>
        </button>
        <Preferences />
        <button type="button" className="quiet" onClick={() => setOpen('help')} aria-label="Help: keys">
          ?
        </button>
        {!isHostSignIn && (
          <button type="button" className="quiet" onClick={() => signOut()}>
            Sign out
          </button>
        )}
      </header>
      <main id="main" tabIndex={-1}>
        <TokenEnd />
        <Outlet />
      </main>
      <Toasts />
      <Suspense>
        {open === 'palette' && <Palette pages={pages} onClose={() => setOpen(null)} />}
        {open === 'help' && <Help pages={pages} onClose={() => setOpen(null)} />}
      </Suspense>
    </div>
  );
}

const roleOf = (roles: readonly string[]): string =>
  (['admin', 'editor', 'operator', 'viewer'] as const).find((role) => roles.includes(role)) ?? 'no role';

function Preferences(): ReactNode {
  const { zone, theme } = useStore(preferences);
  const live = useStore(isLive);
  return (
    <>
      <button
        type="button"
        className="quiet"
        aria-pressed={!live}
        title="Freeze the view: what is shown stays as it is. Tasks are not held."
        onClick={() => isLive.set(!live)}
      >
        Freeze
      </button>
      <select
        aria-label="Time zone"
        value={zone}
        onChange={(event) => prefer({ zone: event.target.value as ZoneChoice })}
      >
        <option value="mine">My zone ({offsetAt()})</option>
        <option value="task">Zone of the task</option>
        <option value="utc">UTC</option>
      </select>
      <select aria-label="Theme" value={theme} onChange={(event) => prefer({ theme: event.target.value as Theme })}>
        <option value="auto">Auto theme</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </>
  );
}

/** Says a minute ahead that the token ends. */
function TokenEnd(): ReactNode {
  const end = endOf(currentToken());
  const now = useNow();
  if (end === null || end - now > WARNED_MS) return null;
  const left = Math.max(0, Math.ceil((end - Math.max(now, serverNow())) / 1000));
  return (
    <p className="warning" role="alert">
      Your token ends in {left} s.{' '}
      <button type="button" onClick={() => signOut()}>
        Sign in by another
      </button>
    </p>
  );
}

function usePaletteKey(act: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [act]);
}

/** After a change of the page, those who do not see it are told its heading. */
function useHeadingFocus(): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  useEffect(() => {
    const timer = setTimeout(() => {
      const heading = document.getElementById('heading');
      document.title = `${(heading?.textContent ?? '').slice(0, 80)} · Task Runner`;
      if (document.activeElement === document.body || document.activeElement?.closest('nav')) heading?.focus();
    }, 50);
    return () => clearTimeout(timer);
  }, [path]);
}
