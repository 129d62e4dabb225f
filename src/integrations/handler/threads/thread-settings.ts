import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { exactWholeNumber } from '../../../settings/whole-number.js';

/** How handlers work in threads. */
export const threadSettingsSchema = z.strictObject({
  max: exactWholeNumber(1, 1000).default(() => availableParallelism()),
  idleMs: exactWholeNumber(0, 3_600_000).default(10_000),
  graceMs: exactWholeNumber(0, 3_600_000).default(1000),
});

export interface ThreadSettings {
  /** How many threads work at a time. Default: as many as the machine has processors. */
  max: number;
  /** How long a thread without work stays, in milliseconds. Default 10000. */
  idleMs: number;
  /** How long a thread may go on after its attempt was told to end, before it is ended by force. Default 1000. */
  graceMs: number;
}
