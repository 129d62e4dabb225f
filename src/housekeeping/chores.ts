import type { AuditRetention } from '../audit/audit-retention.js';
import type { IdempotencyStore } from '../rest/idempotency.store.js';
import type { RunStore } from '../scheduling/run.store.js';
import type { RetentionSettings } from '../settings/settings.js';
import type { StatsStore } from '../stats/stats.store.js';
import type { EventStore } from '../triggers/event.store.js';

const DAY_MS = 86_400_000;

/** The injection token of what there is to do. */
export const CHORES = Symbol('CHORES');

/** One kind of things that are not kept forever. */
export interface Chore {
  what: string;
  /** How long it is kept. */
  keptMs: number;
  /** Deletes up to `limit` of what is older than `before` (epoch ms); resolves to their number. */
  purge: (before: number, limit: number) => Promise<number>;
}

/** Everything that is removed by its age. */
export const choresOf = (
  { runsDays, eventsDays, auditDays }: RetentionSettings,
  runs: RunStore,
  events: EventStore,
  idempotency: IdempotencyStore,
  stats: Pick<StatsStore, 'purge'>,
  audit: Pick<AuditRetention, 'purge'>,
): Chore[] => [
  { what: 'runs', keptMs: runsDays * DAY_MS, purge: (...stretch) => runs.purge(...stretch) },
  { what: 'ledger entries', keptMs: runsDays * DAY_MS, purge: (...stretch) => runs.purgeLedger(...stretch) },
  { what: 'events', keptMs: eventsDays * DAY_MS, purge: (...stretch) => events.purge(...stretch) },
  { what: 'audit entries', keptMs: auditDays * DAY_MS, purge: (...stretch) => audit.purge(...stretch) },
  { what: 'figures', keptMs: 2 * DAY_MS, purge: (...stretch) => stats.purge(...stretch) },
  { what: 'idempotency keys', keptMs: DAY_MS, purge: (...stretch) => idempotency.purge(...stretch) },
];
