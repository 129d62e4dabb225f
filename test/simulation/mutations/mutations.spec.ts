import { describe, expect, it } from '@jest/globals';
import { loadSimulation } from '../load-simulation.js';

const { simulate } = await loadSimulation();
const { KNOWN_FAULTS } = await import('./known-faults.js');

/** So many seeds have to be enough to find a fault. */
const MOST_SEEDS = 40;

describe('a known fault is found by the simulation', () => {
  it.each(KNOWN_FAULTS.map((mutation) => ({ name: mutation.name, mutation })))(
    '$name',
    async ({ mutation }) => {
      for (let seed = 1; seed <= MOST_SEEDS; seed++) {
        if ((await simulate({ seed, mutation })).violations.length > 0) return;
      }
      expect(`found within ${MOST_SEEDS} seeds`).toBe('not found');
    },
    120_000,
  );
});
