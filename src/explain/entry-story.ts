import { toIso } from '../domain/instants.js';
import type { LedgerEntry } from '../domain/ledger.js';
import type { Run } from '../domain/run.js';
import { BY_SKIP } from '../domain/skip.js';
import type { Task } from '../domain/task.js';
import { CALENDAR_ADVICE } from './absence.js';
import { ofPolicy, ofRun, ofStretch } from './evidence.js';
import type { CauseCode, Evidence, Story } from './explanation.js';
import { nameOfOccurrence } from './words.js';

/** The start of a ledger reason, its cause code, and what would have to change. */
const REASONS: readonly (readonly [beginning: string, code: CauseCode, advice: string | null])[] = [
  ['calendar ', 'calendar', null],
  [BY_SKIP, 'skipped', 'A backfill can run it all the same.'],
  ['the task was paused', 'paused', 'Occurrences during a pause do not run; a backfill can run them afterwards.'],
  [
    'the task was changed',
    'changed',
    'Occurrences that are due when triggers change do not run; a backfill can run them afterwards.',
  ],
  ['misfire policy "skip"', 'misfire', 'With the misfire policy "fire-once" or "fire-all" it would have run late.'],
  ['misfire policy "fire-once"', 'misfire', 'With the misfire policy "fire-all" it would have had a run of its own.'],
  ['older than maxAgeMs', 'misfire', 'With a larger misfire.maxAgeMs it would have run late.'],
  ['beyond maxCount', 'misfire', 'With a larger misfire.maxCount or misfire.maxAgeMs it would have run late.'],
];

const VERBS = { skipped: 'was skipped', missed: 'was missed', coalesced: 'was left to a later occurrence' } as const;

/** Why an occurrence in the ledger did not run; `successor` is the run that took its place, if any. */
export function entryStory(at: number, entry: LedgerEntry, task: Task, successor: Run | null): Story {
  const { from, to, count, outcome, reason } = entry;
  const stretch = count > 1 ? `, with ${count - 1} more from ${toIso(from)} to ${toIso(to)}` : '';
  const [, code, advice] = REASONS.find(([beginning]) => reason.startsWith(beginning)) ?? ['', 'other', null];
  const isMisfire = code === 'misfire';
  const late = isMisfire ? ' Nothing could start it within its grace: no instance was there, or none had a slot.' : '';
  return {
    outcome,
    code,
    reason,
    sentence: `${nameOfOccurrence(at)} ${VERBS[outcome]}${stretch}: ${reason}.${late}`,
    advice: code === 'calendar' && outcome !== 'missed' ? CALENDAR_ADVICE[outcome] : advice,
    evidence: [
      ofStretch(entry),
      ...(successor ? [ofRun(successor, 'The run that took its place.')] : []),
      ...(isMisfire ? [ofMisfire(task)] : []),
    ],
  };
}

const ofMisfire = ({ definition: { misfire } }: Task): Evidence =>
  ofPolicy('The misfire policy as it is now.', { misfire: { ...misfire } });
