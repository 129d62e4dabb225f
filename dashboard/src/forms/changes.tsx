import type { ReactNode } from 'react';
import { Dialog } from '../ui/dialog.tsx';
import { Foreign } from '../ui/text.tsx';
import { changesOf, clashes, merged, type Change, type Draft } from './draft.ts';

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

/** Differences, each with what was and what will be. */
export function Changes({ changes, label }: { changes: readonly Change[]; label: string }): ReactNode {
  if (changes.length === 0) return <p className="muted">Nothing differs.</p>;
  return (
    <ul className="plain lines" aria-label={label}>
      {changes.slice(0, 50).map(({ pointer, before, after }) => (
        <li key={pointer}>
          <code className="step">
            <Foreign value={pointer.slice(1) || 'all'} most={120} />
          </code>
          <del>
            <Foreign value={shown(before)} most={200} />
          </del>
          <span aria-hidden="true">→</span>
          <ins>
            <Foreign value={shown(after)} most={200} />
          </ins>
        </li>
      ))}
    </ul>
  );
}

interface Props {
  base: Draft;
  mine: Draft;
  theirs: Draft;
  /** The draft to go on with. */
  onChoose: (draft: Draft) => void;
  onClose: () => void;
}

/** Somebody else has saved meanwhile: which of both goes on? Nothing is saved by the choice. */
export function Conflict({ base, mine, theirs, onChoose, onClose }: Props): ReactNode {
  const both = clashes(base, mine, theirs);
  return (
    <Dialog title="Somebody has changed it meanwhile" onClose={onClose}>
      <h3>They changed</h3>
      <Changes changes={changesOf(base, theirs)} label="Their changes" />
      <h3>You changed</h3>
      <Changes changes={changesOf(base, mine)} label="Your changes" />
      <p className="muted">
        {both.length === 0
          ? 'No change of theirs touches one of yours.'
          : `Both changed ${both.map((each) => each.slice(1)).join(', ')}.`}{' '}
        You see the result before you save it.
      </p>
      <div className="dialog-acts">
        <button type="button" onClick={() => onChoose(theirs)}>
          Take theirs
        </button>
        <button type="button" onClick={() => onChoose(mine)}>
          Keep only mine
        </button>
        <button type="button" className="main" onClick={() => onChoose(merged(base, mine, theirs))}>
          Merge{both.length > 0 ? ', mine where both changed' : ' both'}
        </button>
      </div>
    </Dialog>
  );
}
