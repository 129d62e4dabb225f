import { Zone } from '../../triggers/zone.js';

/** The zone of the first trigger that has one; types of host applications may have another member of that name. */
export function zoneOf(triggers: readonly object[]): string {
  for (const { timeZone } of triggers as { timeZone?: unknown }[]) {
    if (typeof timeZone !== 'string') continue;
    try {
      return Zone.of(timeZone).name;
    } catch {
      continue;
    }
  }
  return 'UTC';
}
