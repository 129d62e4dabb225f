import { includes, type Role } from '../session/session.ts';

export interface Page {
  to:
    | '/'
    | '/tasks'
    | '/runs'
    | '/forecast'
    | '/events'
    | '/webhooks'
    | '/notifications'
    | '/reports'
    | '/instances'
    | '/settings'
    | '/keys'
    | '/audit';
  label: string;
  keys: string;
  sign: string;
  /** Who can open it. */
  role: Role;
  /** Not in the bar of a phone, where it is found by "More". */
  isLesser?: true;
}

const PAGES: readonly Page[] = [
  { to: '/', label: 'Overview', keys: 'g o', sign: '◉', role: 'viewer' },
  { to: '/tasks', label: 'Tasks', keys: 'g t', sign: '☰', role: 'viewer' },
  { to: '/runs', label: 'Runs', keys: 'g r', sign: '▶', role: 'viewer' },
  { to: '/forecast', label: 'Forecast', keys: 'g f', sign: '◔', role: 'viewer' },
  { to: '/events', label: 'Events', keys: 'g e', sign: '⚡', role: 'viewer', isLesser: true },
  { to: '/webhooks', label: 'Webhooks', keys: 'g w', sign: '⇥', role: 'admin', isLesser: true },
  { to: '/notifications', label: 'Notifications', keys: 'g n', sign: '✉', role: 'viewer', isLesser: true },
  { to: '/reports', label: 'Reports', keys: 'g p', sign: '▤', role: 'viewer', isLesser: true },
  { to: '/instances', label: 'Instances', keys: 'g i', sign: '▦', role: 'viewer', isLesser: true },
  { to: '/settings', label: 'Settings', keys: 'g s', sign: '⚙', role: 'admin', isLesser: true },
  { to: '/keys', label: 'API keys', keys: 'g k', sign: '#', role: 'admin', isLesser: true },
  { to: '/audit', label: 'Audit', keys: 'g a', sign: '§', role: 'admin', isLesser: true },
];

/** What the caller can open. */
export const pagesFor = (roles: readonly string[]): readonly Page[] =>
  PAGES.filter(({ role }) => includes(roles, role));
