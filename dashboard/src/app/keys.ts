import { useEffect } from 'react';
import { preferences } from './preferences.ts';

export interface Key {
  keys: string;
  what: string;
  act: () => void;
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

let first = { key: '', at: 0 };

/** Single keys and pairs such as "g t"; none while somebody types, in a dialog, or when they are switched off. */
export function useKeys(keys: readonly Key[]): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (!preferences.get().keys || isTyping(event.target) || document.querySelector('[role="dialog"]')) return;
      // The second key of a pair does nothing by itself: "g p" pauses no task.
      const pressed = Date.now() - first.at < 1500 ? `${first.key} ${event.key}` : event.key;
      const found = keys.find((each) => each.keys === pressed);
      if (keys.some((each) => each.keys.startsWith(`${event.key} `))) first = { key: event.key, at: Date.now() };
      if (!found) return;
      event.preventDefault();
      first = { key: '', at: 0 };
      found.act();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [keys]);
}
