import { createContext, use, useMemo } from 'react';
import { Refusal, type Fault } from '../api/client.ts';
import { at, withAt, type Draft } from './draft.ts';

/** What is being edited, for the fields within. */
export interface Editing {
  draft: Draft;
  /** Sets what stands at a pointer; undefined removes it. */
  set: (pointer: string, value: unknown) => void;
  faults: readonly Fault[];
}

export const EditingContext = createContext<Editing>({ draft: {}, set: () => undefined, faults: [] });

export const useEditing = (): Editing => use(EditingContext);

/** The editing of a draft, which `change` changes, with the faults that are in the error of what was sent of it. */
export function useEditingOf(draft: Draft, change: (next: (old: Draft) => Draft) => void, error: unknown): Editing {
  const faults = useMemo(() => (error instanceof Refusal ? error.faults : []), [error]);
  return useMemo(
    () => ({ draft, faults, set: (pointer, value) => change((old) => withAt(old, pointer, value)) }),
    [draft, faults, change],
  );
}

/** A value of the draft, what changes it, and what is wrong with it. */
export function useField(pointer: string): { value: unknown; set: (value: unknown) => void; fault: string } {
  const { draft, set, faults } = useEditing();
  return {
    value: at(draft, pointer),
    set: (value) => set(pointer, value),
    fault: faults
      .filter((each) => each.pointer === pointer)
      .map(({ detail }) => detail)
      .join(' '),
  };
}

/** The type that something says it has. */
export function typeOf(value: unknown): string {
  const type = at(value, '/type');
  return typeof type === 'string' ? type : '';
}
