import { useState, type ReactNode } from 'react';
import type { Draft } from '../../forms/draft.ts';

/** The whole draft as JSON, in step with the form. What is no JSON stays here and changes nothing. */
export function JsonTab({ draft, onChange }: { draft: Draft; onChange: (draft: Draft) => void }): ReactNode {
  const [text, setText] = useState(() => JSON.stringify(draft, null, 2));
  const [wrong, setWrong] = useState<string | null>(null);
  const change = (typed: string): void => {
    setText(typed);
    try {
      const read: unknown = JSON.parse(typed);
      if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new Error('It must be an object.');
      setWrong(null);
      onChange(read as Draft);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : 'This is no JSON.');
    }
  };
  return (
    <div className="field">
      <label htmlFor="json-tab">The task as JSON</label>
      <textarea
        id="json-tab"
        className="code"
        rows={28}
        spellCheck={false}
        value={text}
        aria-invalid={wrong !== null}
        aria-describedby="json-tab-fault"
        onChange={(event) => change(event.target.value)}
      />
      <span id="json-tab-fault" className="field-fault" role="alert">
        {wrong}
      </span>
    </div>
  );
}
