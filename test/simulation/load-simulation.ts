import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import * as ids from '../../src/domain/ids.js';
import { seededText } from './world/randomness.js';

/**
 * Loads the simulation with an engine whose new ids come from the seed, and that logs nothing: what it has to say of
 * thousands of outages is not worth reading.
 */
export async function loadSimulation() {
  jest.unstable_mockModule('../../src/domain/ids.js', () => ({
    ...ids,
    newId: (nowMs: number) => ids.derivedId(nowMs, seededText()),
  }));
  Logger.overrideLogger(false);
  // One after the other: jest links what is imported at the same time more than once.
  const { simulate } = await import('./simulate.js');
  const { report } = await import('./shrink.js');
  return { simulate, report };
}
