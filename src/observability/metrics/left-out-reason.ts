import type { LedgerEntry } from '../../domain/ledger.js';
import { BY_SKIP } from '../../domain/skip.js';
import { isLeftOut } from '../../scheduling/planning/left-out.js';

/** The classes of reasons with which claims leave occurrences out, beside calendars, each with how such reasons begin. */
const BEGINNINGS = {
  misfire: ['misfire policy'],
  'too-old': ['older than', 'beyond'],
  'max-runs': ['maxRuns'],
  skip: [BY_SKIP],
} as const;

/** A class of reasons for which occurrences get no run: reasons themselves have names of tenants in them. */
export type LeftOutReason = keyof typeof BEGINNINGS | 'calendar' | 'other';

/** The class of the reason of an entry that a claim wrote. */
export function leftOutReason(entry: Pick<LedgerEntry, 'reason'>): LeftOutReason {
  if (isLeftOut(entry)) return 'calendar';
  const names = Object.keys(BEGINNINGS) as (keyof typeof BEGINNINGS)[];
  return names.find((name) => BEGINNINGS[name].some((beginning) => entry.reason.startsWith(beginning))) ?? 'other';
}

/** Outcomes with the reasons that the engine has for them. */
export const LEFT_OUT = [
  { outcome: 'coalesced', reason: 'calendar' },
  { outcome: 'coalesced', reason: 'misfire' },
  { outcome: 'missed', reason: 'misfire' },
  { outcome: 'missed', reason: 'too-old' },
  { outcome: 'skipped', reason: 'calendar' },
  { outcome: 'skipped', reason: 'max-runs' },
  { outcome: 'skipped', reason: 'skip' },
] as const;
