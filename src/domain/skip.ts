import { z } from 'zod';

/** How many coming occurrences of a task may be skipped at a time. */
export const MOST_SKIPS = 30;

/** Why an occurrence is skipped. */
export const skipReasonSchema = z.string().min(1).max(200);

/** An occurrence that somebody has taken out of the plan of a task: its nominal time (epoch ms), who did it, and why. */
export interface Skip {
  at: number;
  by: string;
  reason: string;
  /** Whether the ledger has told of it ahead of its time: with the claim of a later occurrence, which a change took back. */
  isTold?: true;
}

/** How the ledger begins the reason of what somebody has skipped. */
export const BY_SKIP = 'skipped by ';

/** The reason of the ledger for what somebody has skipped. */
export const skipInWords = ({ by, reason }: Pick<Skip, 'by' | 'reason'>): string => `${BY_SKIP}${by}: ${reason}`;
