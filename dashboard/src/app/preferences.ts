import { Store } from './store.ts';

export type Theme = 'auto' | 'light' | 'dark';
/** In which zone instants are shown: that of the task, that of the viewer, or UTC. */
export type ZoneChoice = 'task' | 'mine' | 'utc';

const KEY = 'scheduled-task-runner.preferences';

interface Preferences {
  theme: Theme;
  zone: ZoneChoice;
  keys: boolean;
}

const DEFAULTS: Preferences = { theme: 'auto', zone: 'mine', keys: true };
const THEMES: readonly unknown[] = ['auto', 'light', 'dark'];
const ZONES: readonly unknown[] = ['task', 'mine', 'utc'];

/** What was stored, with defaults in place of what is not understood. */
export function preferencesFrom(text: string | null): Preferences {
  try {
    const { theme, zone, keys } = JSON.parse(text ?? '{}') as Record<string, unknown>;
    return {
      theme: THEMES.includes(theme) ? (theme as Theme) : DEFAULTS.theme,
      zone: ZONES.includes(zone) ? (zone as ZoneChoice) : DEFAULTS.zone,
      keys: typeof keys === 'boolean' ? keys : DEFAULTS.keys,
    };
  } catch {
    return DEFAULTS;
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    // A browser may forbid storage.
    return null;
  }
}

export const preferences = new Store<Preferences>(preferencesFrom(stored()));

/** Shows the theme; `auto` follows the system. */
export function showTheme(): void {
  document.documentElement.dataset['theme'] = preferences.get().theme;
}

export function prefer(change: Partial<Preferences>): void {
  preferences.set({ ...preferences.get(), ...change });
  showTheme();
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.get()));
  } catch {
    // They count for this page then.
  }
}
