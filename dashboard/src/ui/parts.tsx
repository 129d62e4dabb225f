import type { ReactNode } from 'react';
import { DAYS, type Days } from '../api/filters.ts';
import { clip, visible } from '../text/visible.ts';
import { tell, tellFault } from './toasts.tsx';

/** The heading of a screen, with what can be done there. */
export function Head({ title, children }: { title: ReactNode; children?: ReactNode }): ReactNode {
  return (
    <header className="screen-head">
      <h1 tabIndex={-1} id="heading">
        {title}
      </h1>
      <div className="acts">{children}</div>
    </header>
  );
}

export function Section({
  title,
  children,
  aside,
}: {
  title: string;
  children: ReactNode;
  aside?: ReactNode;
}): ReactNode {
  return (
    <section className="card" aria-label={title}>
      <div className="card-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

interface Chip {
  name: string;
  value: string | undefined;
  clear: () => void;
}

/** What a list is narrowed to. */
export function Chips({ chips }: { chips: readonly Chip[] }): ReactNode {
  const active = chips.filter(({ value }) => value !== undefined);
  if (active.length === 0) return null;
  return (
    <ul className="chips" aria-label="Filters">
      {active.map(({ name, value, clear }) => (
        <li key={name}>
          <button
            type="button"
            className="chip"
            onClick={clear}
            aria-label={`Remove the filter ${name} ${value ?? ''}`}
          >
            {name}: <bdi>{visible(value ?? '')}</bdi> <span aria-hidden="true">✕</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface SelectProps {
  label: string;
  value: string | undefined;
  values: readonly string[];
  /** How many there are of a value, where that is known. */
  countOf?: (value: string) => string;
  wordsOf?: (value: string) => string;
  onChange: (value: string | undefined) => void;
}

export function Select({ label, value, values, countOf, wordsOf, onChange }: SelectProps): ReactNode {
  return (
    <label className="field-inline">
      <span>{label}</span>
      <select value={value ?? ''} onChange={(event) => onChange(event.target.value || undefined)}>
        <option value="">all</option>
        {values.map((each) => (
          <option key={each} value={each}>
            {wordsOf ? wordsOf(each) : shortened(countOf ? each : each.replace('_', ' '))}
            {countOf?.(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A text of somebody else where nothing but text can stand. */
function shortened(value: string): string {
  const { text, left } = clip(value, 64);
  return visible(text) + (left > 0 ? '…' : '');
}

/** Of how many days something is shown. */
export function DaysSelect({ value, onChange }: { value: Days; onChange: (days: Days) => void }): ReactNode {
  return (
    <label className="field-inline">
      <span>Of the last</span>
      <select value={value} onChange={(event) => onChange(Number(event.target.value) as Days)}>
        {DAYS.map((each) => (
          <option key={each} value={each}>
            {each === 1 ? 'day' : `${each} days`}
          </option>
        ))}
      </select>
    </label>
  );
}

interface SearchProps {
  label: string;
  value: string | undefined;
  onSubmit: (value: string | undefined) => void;
}

export function Search({ label, value, onSubmit }: SearchProps): ReactNode {
  return (
    <form
      className="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const text = new FormData(event.currentTarget).get('text');
        onSubmit(typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined);
      }}
    >
      <input
        key={value ?? ''}
        name="text"
        type="search"
        aria-label={label}
        placeholder={label}
        defaultValue={value ?? ''}
        data-search
      />
    </form>
  );
}

/** One of the facts of a list of them. */
export const Fact = ({ name, children }: { name: string; children: ReactNode }): ReactNode => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** What stands in place of what could not be read. */
export function Fault({ error }: { error: Error }): ReactNode {
  return (
    <p className="fault" role="alert">
      {error.message}
    </p>
  );
}

export function Empty({ children }: { children: ReactNode }): ReactNode {
  return <div className="empty">{children}</div>;
}

/** Copies, where the browser lets pages do that. */
export async function copy(text: string, done: () => void): Promise<void> {
  try {
    if (!('clipboard' in navigator)) throw new Error();
    await navigator.clipboard.writeText(text);
    done();
  } catch {
    tellFault(new Error('The browser lets pages copy only over HTTPS or on this machine.'));
  }
}

/** A button that copies a text, and says what it copies to those who only hear of it. */
export function CopyButton({ text, what }: { text: string; what: string }): ReactNode {
  return (
    <button type="button" aria-label={`Copy ${what}`} onClick={() => void copy(text, () => tell('Copied.'))}>
      Copy
    </button>
  );
}
