import type { ReactNode } from 'react';

interface Look {
  /** A shape besides the colour. */
  sign: string;
  word: string;
  tone: 'good' | 'bad' | 'odd' | 'calm' | 'busy';
}

const LOOKS: Record<string, Look> = {
  succeeded: { sign: '✓', word: 'succeeded', tone: 'good' },
  failed: { sign: '✕', word: 'failed', tone: 'bad' },
  timed_out: { sign: 'T', word: 'timed out', tone: 'bad' },
  missed: { sign: 'M', word: 'missed', tone: 'bad' },
  lost: { sign: 'L', word: 'lost', tone: 'bad' },
  skipped: { sign: '–', word: 'skipped', tone: 'odd' },
  cancelled: { sign: 'C', word: 'cancelled', tone: 'odd' },
  coalesced: { sign: '≡', word: 'coalesced', tone: 'odd' },
  running: { sign: '▶', word: 'running', tone: 'busy' },
  retrying: { sign: '↻', word: 'retrying', tone: 'busy' },
  pending: { sign: '·', word: 'pending', tone: 'busy' },
  upcoming: { sign: '○', word: 'upcoming', tone: 'calm' },
  planned: { sign: '○', word: 'planned', tone: 'calm' },
  overdue: { sign: '!', word: 'overdue', tone: 'bad' },
  failing: { sign: '✕', word: 'failing', tone: 'bad' },
  none: { sign: '○', word: 'nothing due', tone: 'calm' },
  active: { sign: '●', word: 'active', tone: 'good' },
  paused: { sign: 'Ⅱ', word: 'paused', tone: 'odd' },
  completed: { sign: '■', word: 'completed', tone: 'calm' },
};

export const lookOf = (state: string): Look => LOOKS[state] ?? { sign: '?', word: state, tone: 'calm' };

/** A state as sign, word and colour. */
export function Outcome({ state }: { state: string }): ReactNode {
  const { sign, word, tone } = lookOf(state);
  return (
    <span className={`outcome ${tone}`}>
      {/* Drawn, not written: a letter would be taken for a part of the name of what it stands in. */}
      <span aria-hidden="true" className="sign" data-sign={sign} />
      {word}
    </span>
  );
}
