/**
 * The phase of a run on the instance that holds it.
 *
 * - `ready`: it waits for its time, or for a slot
 * - `claiming`: it is being stored as this instance's
 * - `armed`: it is claimed and waits for its time
 * - `starting`: its time has come, and it is checked whether something is in its way
 * - `waiting-for-overlap`: another run of its task has to end first
 * - `waiting-for-units`: units of resource pools have to become free first
 * - `running`: an attempt is under way
 * - `ending`: what has become of it is being written
 * - `left`: this instance is done with it
 */
export type Phase = keyof typeof PHASES;

/** For each phase, whether a run has a slot in it, and to which phases it may go on. */
const PHASES = {
  new: { hasSlot: false, next: ['claiming', 'ready'] },
  ready: { hasSlot: false, next: ['claiming', 'ending', 'left'] },
  claiming: { hasSlot: true, next: ['armed', 'running', 'ready', 'ending', 'left'] },
  armed: { hasSlot: true, next: ['starting', 'ending', 'left'] },
  starting: {
    hasSlot: true,
    next: ['running', 'waiting-for-overlap', 'waiting-for-units', 'ready', 'ending', 'left'],
  },
  'waiting-for-overlap': { hasSlot: false, next: ['ready', 'ending', 'left'] },
  'waiting-for-units': { hasSlot: false, next: ['ready', 'ending', 'left'] },
  // When too many ends wait to be written, a run keeps its slot until its own end is written.
  running: { hasSlot: true, next: ['ending', 'ready', 'left'] },
  ending: { hasSlot: false, next: ['ready', 'left'] },
  left: { hasSlot: false, next: [] },
} as const;

const NEXT: Readonly<Record<Phase, readonly string[]>> = mapped(({ next }) => next);
const HAS_SLOT: Readonly<Record<Phase, boolean>> = mapped(({ hasSlot }) => hasSlot);

export const ALL_PHASES = Object.keys(PHASES) as Phase[];

/** Whether a run in this phase has one of its instance's slots. */
export const hasSlot = (phase: Phase): boolean => HAS_SLOT[phase];

/** Whether a run may go from one phase to the other. */
export const mayFollow = (from: Phase, to: Phase): boolean => NEXT[from].includes(to);

function mapped<Value>(of: (phase: (typeof PHASES)[Phase]) => Value): Record<Phase, Value> {
  return Object.fromEntries(Object.entries(PHASES).map(([name, phase]) => [name, of(phase)])) as Record<Phase, Value>;
}
