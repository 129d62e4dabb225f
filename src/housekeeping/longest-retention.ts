import type { Instance } from '../cluster/instance.store.js';
import type { RetentionSettings } from '../settings/settings.js';
import { runDaysOf } from '../settings/run-days.js';

/** What instances tell of their retention. */
type Telling = Pick<Instance, 'retention'>;

/**
 * The longest retention of each kind, of this instance and of all others; null when one of them does not tell its own,
 * as instances of older versions: then the decision is left to those.
 */
export function longest(own: RetentionSettings, instances: readonly Telling[]): RetentionSettings | null {
  const all = [own, ...instances.map(({ retention }) => retention)];
  if (!all.every((each) => each !== undefined && each !== null)) return null;
  const most = (daysOf: (each: RetentionSettings) => number) => Math.max(...all.map(daysOf));
  return {
    runsDays: most(({ runsDays }) => runsDays),
    failedRunsDays: most((each) => runDaysOf(each, true)),
    eventsDays: most(({ eventsDays }) => eventsDays),
    auditDays: most(({ auditDays }) => auditDays),
  };
}
