import { useState, type ReactNode } from 'react';
import { clip, visible } from '../text/visible.ts';

/** A text of somebody else: isolated, hidden characters shown, and no longer than `most`. */
export function Foreign({ value, most = 300 }: { value: string; most?: number }): ReactNode {
  const { text, left } = clip(value, most);
  return (
    <bdi className="foreign" {...(left > 0 && { title: `${left} more characters` })}>
      {visible(text)}
      {left > 0 && '…'}
    </bdi>
  );
}

/** As many characters of a value as are shown at first, and at most. */
const FIRST = 4000;
const MOST = 100_000;

/** A JSON value as text, folded when it is long. */
export function Json({ value, label }: { value: unknown; label: string }): ReactNode {
  const [isWhole, setWhole] = useState(false);
  const text = JSON.stringify(value, null, 2) ?? 'nothing';
  const shown = clip(text, isWhole ? MOST : FIRST);
  return (
    <div className="json">
      <pre tabIndex={0} role="region" aria-label={label}>
        {visible(shown.text)}
        {shown.left > 0 && '…'}
      </pre>
      {!isWhole && shown.left > 0 && (
        <button type="button" onClick={() => setWhole(true)}>
          Show {shown.left > MOST ? `${MOST.toLocaleString('en')} characters` : 'all'} of{' '}
          {text.length.toLocaleString('en')}
        </button>
      )}
      {isWhole && shown.left > 0 && <p className="muted">{shown.left.toLocaleString('en')} more characters.</p>}
    </div>
  );
}
