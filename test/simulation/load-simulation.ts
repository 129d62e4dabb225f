import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import * as ids from '../../src/domain/ids.js';
import { seededText } from './world/randomness.js';

/**
 * Loads the simulation with an engine that takes new ids from the seed and logs nothing: messages about
 * thousands of outages are not worth reading.
 */
export async function loadSimulation() {
  jest.unstable_mockModule('../../src/domain/ids.js', () => ({
    ...ids,
    newId: (nowMs: number) => ids.derivedId(nowMs, seededText()),
  }));
  Logger.overrideLogger(false);
  // One after the other: jest links modules more than once when they are imported at the same time.
  const { simulate } = await import('./simulate.js');
  const { report } = await import('./shrink.js');
  return { simulate, report };
}
