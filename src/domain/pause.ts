import { z } from 'zod';
import { InvalidInputError } from './errors.js';

/** Why something is paused. */
export const pauseReasonSchema = z.string().min(1).max(500);

/** How a task is paused: why, and until when (epoch ms) if it resumes by itself. */
export interface Pause {
  reason: string;
  until?: number | undefined;
}

/** @throws InvalidInputError for a pause that would be over already */
export function demandFuture({ until }: Pause, now: number): void {
  if (until !== undefined && until <= now)
    throw new InvalidInputError([{ pointer: '/until', detail: 'must lie in the future' }]);
}
