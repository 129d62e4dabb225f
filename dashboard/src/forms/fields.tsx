import { useId, useState, type ReactNode } from 'react';
import { offsetAt, ownZone } from '../time/format.ts';
import { Foreign } from '../ui/text.tsx';
import { useField } from './editing.ts';
import { unsetWords } from './unset.ts';
import './forms.css';

interface Props {
  pointer: string;
  label: string;
  hint?: string;
}

interface FrameProps extends Props {
  isNeeded?: boolean;
  fault: string;
  children: (input: {
    id: string;
    'aria-describedby': string;
    'aria-invalid': boolean;
    'data-pointer': string;
    'aria-required'?: true;
  }) => ReactNode;
}

function Frame({ pointer, label, hint, isNeeded = false, fault, children }: FrameProps): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id} data-needed={isNeeded || undefined}>
        {label}
      </label>
      {children({
        ...{ id, 'aria-describedby': `${id}-more`, 'aria-invalid': fault !== '', 'data-pointer': pointer },
        ...(isNeeded && { 'aria-required': true }),
      })}
      <More id={`${id}-more`} fault={fault} hint={hint} />
    </div>
  );
}

/** What is wrong with a field, and what else there is to say of it. */
function More({ id, fault, hint }: { id?: string; fault: string; hint?: string | undefined }): ReactNode {
  return (
    <span id={id} className="field-more">
      {fault !== '' && (
        <b className="field-fault">
          <Foreign value={fault} />{' '}
        </b>
      )}
      {hint}
    </span>
  );
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** An empty text is none, where `isNeeded` does not say otherwise. */
export function TextField({
  suggestions,
  isNeeded = false,
  ...props
}: Props & { suggestions?: readonly string[]; isNeeded?: boolean }): ReactNode {
  const { value, set, fault } = useField(props.pointer);
  return (
    <Frame {...props} isNeeded={isNeeded} fault={fault}>
      {(input) => (
        <>
          <input
            {...input}
            value={textOf(value)}
            autoComplete="off"
            spellCheck={false}
            list={suggestions && `${input.id}-list`}
            onChange={(event) => set(event.target.value === '' && !isNeeded ? undefined : event.target.value)}
          />
          {suggestions && (
            <datalist id={`${input.id}-list`}>
              {suggestions.map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </datalist>
          )}
        </>
      )}
    </Frame>
  );
}

export function NumberField(props: Props): ReactNode {
  const { value, set, fault } = useField(props.pointer);
  return (
    <Frame {...props} fault={fault}>
      {(input) => (
        <input
          {...input}
          type="number"
          value={textOf(value)}
          onChange={(event) => set(event.target.value === '' ? undefined : Number(event.target.value))}
        />
      )}
    </Frame>
  );
}

/** One of a few; `byDefault` is what counts where none is chosen. */
export function ChoiceField({
  choices,
  byDefault,
  ...props
}: Props & { choices: readonly (readonly [value: string, words: string])[]; byDefault?: string }): ReactNode {
  const { value, set, fault } = useField(props.pointer);
  return (
    <Frame {...props} fault={fault}>
      {(input) => (
        <select {...input} value={textOf(value)} onChange={(event) => set(event.target.value || undefined)}>
          <option value="">{unsetWords(choices, byDefault)}</option>
          {choices.map(([each, words]) => (
            <option key={each} value={each}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1000],
  ['milliseconds', 1],
] as const;

/** A length of time, kept in milliseconds. */
export function LengthField(props: Props): ReactNode {
  const { value, set, fault } = useField(props.pointer);
  const ms = typeof value === 'number' ? value : undefined;
  const [unit, setUnit] = useState<number>(
    () => UNITS.find(([, each]) => ms !== undefined && ms % each === 0)?.[1] ?? 1000,
  );
  return (
    <Frame {...props} fault={fault}>
      {(input) => (
        <span className="length">
          <input
            {...input}
            type="number"
            step="any"
            value={ms === undefined ? '' : ms / unit}
            onChange={(event) =>
              set(event.target.value === '' ? undefined : Math.round(Number(event.target.value) * unit))
            }
          />
          <select
            aria-label={`Unit of: ${props.label}`}
            value={unit}
            onChange={(event) => setUnit(Number(event.target.value))}
          >
            {UNITS.map(([name, each]) => (
              <option key={name} value={each}>
                {name}
              </option>
            ))}
          </select>
        </span>
      )}
    </Frame>
  );
}

/** Names with commas between them. */
export function NamesField(props: Props): ReactNode {
  const { value, set, fault } = useField(props.pointer);
  const names = Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  const [text, setText] = useState(names.join(', '));
  const read = (given: string): string[] =>
    given
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean);
  const shown = read(text).join() === names.join() ? text : names.join(', ');
  return (
    <Frame {...props} fault={fault}>
      {(input) => (
        <input
          {...input}
          value={shown}
          autoComplete="off"
          onChange={(event) => {
            setText(event.target.value);
            set(read(event.target.value).length === 0 ? undefined : read(event.target.value));
          }}
        />
      )}
    </Frame>
  );
}

const localOf = (value: unknown): string => {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) return '';
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
};

/** An instant, picked in the zone of the viewer and kept in UTC. */
export function InstantField(props: Props): ReactNode {
  const { value, set, fault } = useField(props.pointer);
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return (
    <Frame
      {...props}
      hint={`In your zone, ${ownZone()} (${offsetAt(Number.isNaN(at) ? undefined : at)}).${typeof value === 'string' ? ` As UTC: ${value}.` : ''} ${props.hint ?? ''}`}
      fault={fault}
    >
      {(input) => (
        <input
          {...input}
          type="datetime-local"
          step="1"
          value={localOf(value)}
          onChange={(event) => set(event.target.value === '' ? undefined : new Date(event.target.value).toISOString())}
        />
      )}
    </Frame>
  );
}

/** A value as JSON. What is no JSON stays in the field and is said there. */
export function JsonField({ rows = 4, ...props }: Props & { rows?: number }): ReactNode {
  const { value, set, fault } = useField(props.pointer);
  const told = value === undefined ? '' : JSON.stringify(value, null, 2);
  const [typed, setTyped] = useState<{ text: string; told: string } | null>(null);
  const [wrong, setWrong] = useState('');
  const change = (text: string): void => {
    try {
      const read: unknown = text.trim() === '' ? undefined : JSON.parse(text);
      setTyped({ text, told: read === undefined ? '' : JSON.stringify(read, null, 2) });
      setWrong('');
      set(read);
    } catch (error) {
      setTyped({ text, told });
      setWrong(`This is no JSON yet: ${error instanceof Error ? error.message : ''}`);
    }
  };
  return (
    <Frame {...props} fault={wrong || fault}>
      {(input) => (
        <textarea
          {...input}
          rows={rows}
          spellCheck={false}
          className="code"
          value={typed?.told === told ? typed.text : told}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </Frame>
  );
}

/** Several of a few. */
export function SetField({
  choices,
  pointer,
  label,
  hint,
}: Props & { choices: readonly (readonly [value: string, words: string])[] }): ReactNode {
  const { value, set, fault } = useField(pointer);
  const chosen: readonly unknown[] = Array.isArray(value) ? value : [];
  return (
    <fieldset className="set" data-pointer={pointer}>
      <legend>{label}</legend>
      {choices.map(([each, words]) => (
        <label className="check" key={each}>
          <input
            type="checkbox"
            checked={chosen.includes(each)}
            onChange={(event) =>
              set(event.target.checked ? [...chosen, each] : chosen.filter((other) => other !== each))
            }
          />
          <Foreign value={words} most={80} />
        </label>
      ))}
      <More fault={fault} hint={hint} />
    </fieldset>
  );
}
