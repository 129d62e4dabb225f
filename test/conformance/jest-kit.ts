import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { kitOf } from '../../src/store/contract/kit.js';
import type { TestRunner } from '../../src/store/contract/index.js';

/** The functions of Jest, as the contract takes them. */
export const runner: TestRunner = { describe, it, beforeEach, afterEach, expect };

export const kit = kitOf(runner);
