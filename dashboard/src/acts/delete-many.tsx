import { useState, type ReactNode } from 'react';
import type { ListedTask } from '../api/client.ts';
import type { TaskFilter } from '../api/filters.ts';
import { Dialog, DialogActs } from '../ui/dialog.tsx';
import { Foreign } from '../ui/text.tsx';
import { tellFault } from '../ui/toasts.tsx';
import { idsToDelete } from './acts.ts';
import { useActs, useMay } from './use-acts.ts';

const MOST_NAMED = 12;
const MOST = 1000;

interface Props {
  filter: TaskFilter;
  shown: readonly ListedTask[];
  /** Whether the filter alone does not tell which are shown. */
  isShownOnly: boolean;
  isFiltered: boolean;
}

/** Deletes all that fit, after naming them. Only of a narrowed list: all tasks are not deleted by one click. */
export function DeleteMany({ filter, shown, isShownOnly, isFiltered }: Props): ReactNode {
  const acts = useActs();
  const mayDelete = useMay('editor');
  const [asked, ask] = useState<{ ids: string[]; hasMore: boolean } | null>(null);
  // What was asked stays, whatever a list that is read anew brings.
  if (!mayDelete || (asked === null && (!isFiltered || shown.length === 0))) return null;
  const look = async (): Promise<void> => {
    try {
      ask(isShownOnly ? { ids: shown.slice(0, MOST).map(({ id }) => id), hasMore: false } : await idsToDelete(filter));
    } catch (error) {
      tellFault(error);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void look()}>
        {isShownOnly ? 'Delete those shown…' : 'Delete all that fit…'}
      </button>
      {asked && (
        <DeleteDialog
          {...asked}
          names={new Map(shown.map(({ id, name }) => [id, name]))}
          onClose={() => ask(null)}
          onDelete={() => void acts.deleteThese(asked.ids)}
        />
      )}
    </>
  );
}

interface DialogProps {
  ids: readonly string[];
  hasMore: boolean;
  names: ReadonlyMap<string, string>;
  onClose: () => void;
  onDelete: () => void;
}

function DeleteDialog({ ids, hasMore, names, onClose, onDelete }: DialogProps): ReactNode {
  const many = ids.length === 1 ? '1 task' : `${ids.length.toLocaleString('en')} tasks`;
  return (
    <Dialog title={`Delete ${many}`} onClose={onClose}>
      <p>
        {many} {ids.length === 1 ? 'goes' : 'go'} for good, with what is planned of them; runs under way are cancelled,
        and the runs so far stay. {hasMore && 'More tasks fit: these are the newest.'}
      </p>
      <ul className="plain" aria-label="What is deleted">
        {ids.slice(0, MOST_NAMED).map((id) => (
          <li key={id}>
            <Foreign value={names.get(id) ?? `…${id.slice(-12)}`} most={80} />
          </li>
        ))}
        {ids.length > MOST_NAMED && (
          <li className="muted">and {(ids.length - MOST_NAMED).toLocaleString('en')} others</li>
        )}
      </ul>
      <DialogActs onClose={onClose}>
        <button
          type="button"
          className="main danger"
          disabled={ids.length === 0}
          onClick={() => {
            onDelete();
            onClose();
          }}
        >
          Delete {many}
        </button>
      </DialogActs>
    </Dialog>
  );
}
