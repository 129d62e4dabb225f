import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import * as ids from '../../src/domain/ids.js';
import { LRUCache } from 'lru-cache';
import { seededText } from './world/randomness.js';

/** A cache makes room for all that it may hold: too much work for thousands of instances that know of a few tasks each. */
const MOST_CACHED = 500;

class SmallCache extends LRUCache<object, object> {
  constructor(options: LRUCache.Options<object, object, unknown>) {
    super(options.max === undefined ? options : { ...options, max: Math.min(options.max, MOST_CACHED) });
  }
}

/**
 * Loads the simulation with an engine that takes new ids from the seed, has small caches, and logs nothing: messages about
 * thousands of outages are not worth reading.
 */
export async function loadSimulation() {
  jest.unstable_mockModule('../../src/domain/ids.js', () => ({
    ...ids,
    newId: (nowMs: number) => ids.derivedId(nowMs, seededText()),
  }));
  jest.unstable_mockModule('lru-cache', () => ({ LRUCache: SmallCache }));
  Logger.overrideLogger(false);
  // One after the other: jest links modules more than once when they are imported at the same time.
  const { simulate } = await import('./simulate.js');
  const { report } = await import('./shrink.js');
  return { simulate, report };
}
