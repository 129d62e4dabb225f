import type { ReactNode } from 'react';
import { Dialog } from '../ui/dialog.tsx';
import { API, isHostSignIn } from './base.ts';
import type { Page } from './pages.ts';
import { prefer, preferences } from './preferences.ts';
import { useStore } from './store.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'Search in the list'],
  ['Ctrl K', 'Go to anything'],
  ['R', 'Run the task now'],
  ['p', 'Pause the task'],
  ['u', 'Resume the task'],
  ['e', 'Edit the task'],
  ['w', 'Why?'],
  ['?', 'This help'],
  ['Esc', 'Close'],
];

export function Help({ onClose, pages }: { onClose: () => void; pages: readonly Page[] }): ReactNode {
  const { keys } = useStore(preferences);
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="keys">
        {[...pages.map((page) => [page.keys, page.label] as const), ...KEYS].map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={keys} onChange={(event) => prefer({ keys: event.target.checked })} />
        Single keys do something
      </label>
      {!isHostSignIn && (
        <p>
          <a href={`${API}/guide/start`}>The guide</a> tells how all of this works.
        </p>
      )}
    </Dialog>
  );
}
