import type { Reason } from '../webhooks/webhook-delivery.js';

/** Why a message became no event: it cannot be read, has nothing where the mapping looks, or cannot be stored. */
export const LETTER_REASONS = ['malformed', 'unmapped', 'unavailable'] as const satisfies readonly Reason[];
export type LetterReason = (typeof LETTER_REASONS)[number];
