import type { Migration } from './migration.js';

const DIGITS = (count: number) => `substr(lower(hex(randomblob(8))), 1, ${count})`;

/** What came of each event, and where it stands in the list of events. */
export const eventRecords: Migration = {
  version: 29,
  statements: [
    'ALTER TABLE events ADD COLUMN place TEXT',
    'ALTER TABLE events ADD COLUMN outcome TEXT',
    `UPDATE events SET place = printf('%08x-%04x-8', received_at >> 16, received_at & 65535)
      || ${DIGITS(3)} || '-8' || ${DIGITS(3)} || '-' || ${DIGITS(12)}`,
    // EventReads.list
    'CREATE INDEX events_of_organization ON events (organization, place) WHERE place IS NOT NULL',
  ],
};
