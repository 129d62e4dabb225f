import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ALL_PHASES, mayFollow } from '../../src/scheduling/holding/phases.js';

/** The moves in the drawing; what comes from `[*]` is new, and what goes there has left. */
function drawn(): string[] {
  const text = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
  const drawing = /stateDiagram-v2\n([\s\S]*?)```/.exec(text)![1]!;
  const arrows = [...drawing.matchAll(/^ +(\S+) --> (\w+)/gm)];
  return arrows.map(([, from, to]) => `${from === '[*]' ? 'new' : from} ${to}`.replaceAll('_', '-'));
}

describe('the drawing of the phases', () => {
  it('shows each move that a run may make, and no other', () => {
    const moves = ALL_PHASES.flatMap((from) =>
      ALL_PHASES.filter((to) => mayFollow(from, to)).map((to) => `${from} ${to}`),
    );
    expect(drawn().toSorted()).toEqual(moves.toSorted());
  });
});
