import type { RetentionSettings } from './settings.js';

/** What an organization or the installation says of its finished runs. */
type RunDays = { [Name in 'runsDays' | 'failedRunsDays']?: RetentionSettings[Name] | undefined };

/** For how many days runs are kept that failed or timed out, or all others. */
export const runDaysOf = ({ runsDays, failedRunsDays }: RetentionSettings, failed: boolean): number =>
  failed ? (failedRunsDays ?? runsDays) : runsDays;

/** The same of an organization, which may keep them for a shorter time than the installation. */
export function ownRunDaysOf(own: RunDays, installation: RetentionSettings, failed: boolean): number {
  const most = runDaysOf(installation, failed);
  const days = failed ? (own.failedRunsDays ?? own.runsDays) : own.runsDays;
  return Math.min(days ?? most, most);
}
