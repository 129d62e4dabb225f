import { describe, expect, it } from '@jest/globals';
import { loadSimulation } from '../load-simulation.js';

const { simulate } = await loadSimulation();
const { KNOWN_FAULTS } = await import('./known-faults.js');
const { CHAIN_FAULTS } = await import('./chain-faults.js');
const { NOTICE_FAULTS } = await import('./notice-faults.js');
const { SKIP_FAULTS } = await import('./skip-faults.js');
const { WINDOW_FAULTS } = await import('./window-faults.js');

/** A fault must be found within this many seeds. */
const MOST_SEEDS = 40;

describe('a known fault is found by the simulation', () => {
  it.each(
    [...KNOWN_FAULTS, ...WINDOW_FAULTS, ...CHAIN_FAULTS, ...NOTICE_FAULTS, ...SKIP_FAULTS].map((mutation) => ({
      name: mutation.name,
      mutation,
    })),
  )(
    '$name',
    async ({ mutation }) => {
      const { firstSeed = 1 } = mutation;
      for (let seed = firstSeed; seed < firstSeed + MOST_SEEDS; seed++) {
        if ((await simulate({ seed, mutation })).violations.length > 0) return;
      }
      expect(`found within ${MOST_SEEDS} seeds`).toBe('not found');
    },
    120_000,
  );
});
