import type { LedgerEntry } from '../../domain/ledger.js';

/** The classes of reasons in the ledger, each with how such reasons begin: names in them are tenants'. */
const BEGINNINGS = {
  misfire: ['misfire policy'],
  'too-old': ['older than', 'beyond'],
  'max-runs': ['maxRuns'],
  calendar: ['calendar '],
  paused: ['the task was paused'],
  changed: ['the task was changed'],
} as const;

/** A class of reasons for which occurrences get no run. */
export type LeftOutReason = keyof typeof BEGINNINGS | 'other';

/** The class of the entry's reason. */
export const leftOutReason = ({ reason }: Pick<LedgerEntry, 'reason'>): LeftOutReason =>
  (Object.keys(BEGINNINGS) as (keyof typeof BEGINNINGS)[]).find((name) =>
    BEGINNINGS[name].some((beginning) => reason.startsWith(beginning)),
  ) ?? 'other';

/** Outcomes with the reasons that the engine has for them. */
export const LEFT_OUT = [
  { outcome: 'coalesced', reason: 'calendar' },
  { outcome: 'coalesced', reason: 'misfire' },
  { outcome: 'missed', reason: 'misfire' },
  { outcome: 'missed', reason: 'too-old' },
  { outcome: 'skipped', reason: 'calendar' },
  { outcome: 'skipped', reason: 'max-runs' },
] as const;
