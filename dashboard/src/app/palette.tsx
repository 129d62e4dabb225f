import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { api, got, type Schemas } from '../api/client.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Foreign } from '../ui/text.tsx';
import type { Page } from './pages.ts';
import { useSteady } from './steady.ts';

interface Entry {
  id: string;
  kind: string;
  label: string;
  to: string;
  search?: Record<string, string>;
}

/** How long nothing must have been typed before the service is asked (ms). */
const TYPING_MS = 150;
const LONGEST = 200;

type Found = Schemas['FoundResponse'];

/** What the service found, as places to go to. */
const placesOf = ({ tasks, runs, events, tags }: Found): Entry[] => [
  ...tasks.map(({ id, name }) => ({ id, kind: 'Task', label: name, to: `/tasks/${encodeURIComponent(id)}` })),
  ...runs.map(({ id, state }) => ({
    id,
    kind: 'Run',
    label: `${id}, ${state}`,
    to: `/runs/${encodeURIComponent(id)}`,
  })),
  ...events.map(({ id, type }) => ({
    ...{ id, kind: 'Event', label: `${type} ${id}`, to: '/events', search: { id } },
  })),
  ...tags.map((tag) => ({ id: tag, kind: 'Tag', label: tag, to: '/tasks', search: { tag } })),
];

/** Goes to a page, a task by a part of its name, a run or task by the beginning of its id, an event or a tag. */
export function Palette({ onClose, pages }: { onClose: () => void; pages: readonly Page[] }): ReactNode {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const wanted = text.trim();
  const q = useSteady(wanted, TYPING_MS);
  const navigate = useNavigate();
  const { data, error, isFetching } = useQuery({
    queryKey: ['palette', q],
    enabled: q.length > 1,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => got(api.GET('/v1/search', { signal, params: { query: { q } } })),
  });
  const entries: Entry[] = [
    ...pages
      .filter(({ label }) => label.toLowerCase().includes(wanted.toLowerCase()))
      .map(({ to, label }) => ({ id: to, kind: 'Page', label, to })),
    ...(q.length > 1 && data ? placesOf(data) : []),
  ];
  const chosen = Math.min(at, entries.length - 1);
  const go = (entry: Entry | undefined): void => {
    if (!entry) return;
    onClose();
    void navigate({ to: entry.to, search: (entry.search ?? {}) as never });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, entries.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
    else if (event.key === 'Enter') go(entries[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to" onClose={onClose}>
      <input
        className="palette-input"
        role="combobox"
        aria-label="A page, a task's name, an id, an event or a tag"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={chosen >= 0 ? `palette-${chosen}` : undefined}
        placeholder="A page, a task's name, an id, an event or a tag"
        value={text}
        maxLength={LONGEST}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" role="listbox" aria-label="Found" className="palette-list" tabIndex={-1}>
        {entries.map((entry, index) => (
          <div
            key={`${entry.kind}-${entry.id}`}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className="palette-entry"
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => go(entry)}
            onKeyDown={onKeyDown}
          >
            <span className="muted">{entry.kind}</span> <Foreign value={entry.label} most={100} />
          </div>
        ))}
      </div>
      {entries.length === 0 && (
        <p className="muted" role="status">
          {q !== wanted || isFetching ? 'Looking…' : (error?.message ?? absenceOf(data))}
        </p>
      )}
    </Dialog>
  );
}

/** What is said where nothing was found. */
const absenceOf = (found: Found | undefined): string =>
  found?.truncated === true
    ? 'Nothing found among the newest; the filter of Tasks looks further.'
    : 'Nothing of that name.';
