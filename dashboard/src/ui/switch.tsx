import type { ReactNode } from 'react';

interface Props<Value extends string> {
  label: string;
  values: readonly Value[];
  value: Value;
  wordsOf: (value: Value) => string;
  onChange: (value: Value) => void;
}

/** One of a few, all of which are seen. */
export function Switch<Value extends string>({ label, values, value, wordsOf, onChange }: Props<Value>): ReactNode {
  return (
    <div className="switch" role="group" aria-label={label}>
      {values.map((each) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => onChange(each)}>
          {wordsOf(each)}
        </button>
      ))}
    </div>
  );
}
