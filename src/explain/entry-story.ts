import { toIso } from '../domain/instants.js';
import type { LedgerEntry } from '../domain/ledger.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { CALENDAR_ADVICE } from './absence.js';
import { ofPolicy, ofRun, ofStretch } from './evidence.js';
import type { CauseCode, Evidence, Story } from './explanation.js';
import { nameOfOccurrence } from './words.js';

/** How a reason of the ledger begins, what that comes down to, and what would have to change. */
const REASONS: readonly (readonly [beginning: string, code: CauseCode, advice: string | null])[] = [
  ['calendar ', 'calendar', null],
  ['the task was paused', 'paused', 'What comes due during a pause does not run; a backfill can run it afterwards.'],
  [
    'the task was changed',
    'changed',
    'What is due when triggers change does not run; a backfill can run it afterwards.',
  ],
  ['misfire policy "skip"', 'misfire', 'With the misfire policy "fire-once" or "fire-all" it would have run late.'],
  ['misfire policy "fire-once"', 'misfire', 'With the misfire policy "fire-all" it would have had a run of its own.'],
  ['older than maxAgeMs', 'misfire', 'With a larger misfire.maxAgeMs it would have run late.'],
  ['beyond maxCount', 'misfire', 'With a larger misfire.maxCount or misfire.maxAgeMs it would have run late.'],
];

const VERBS = { skipped: 'was skipped', missed: 'was missed', coalesced: 'was left to a later occurrence' } as const;

/** Why an occurrence that stands in the ledger did not run; `successor` is the run that took its place, if one did. */
export function entryStory(at: number, entry: LedgerEntry, task: Task, successor: Run | null): Story {
  const { from, to, count, outcome, reason } = entry;
  const stretch = count > 1 ? `, with ${count - 1} more from ${toIso(from)} to ${toIso(to)}` : '';
  const [, code, advice] = REASONS.find(([beginning]) => reason.startsWith(beginning)) ?? ['', 'other', null];
  const isMisfire = code === 'misfire';
  const late = isMisfire ? ' Nothing could start it within its grace: no instance was there, or none had a place.' : '';
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
