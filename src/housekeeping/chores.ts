import type { AuditRetention } from '../audit/audit-retention.js';
import type { IdempotencyStore } from '../idempotency/idempotency.store.js';
import type { NotificationDeliveryStore } from '../notifications/ports/notification-delivery.store.js';
import type { NotificationStore } from '../notifications/ports/notification.store.js';
import type { RunStore } from '../scheduling/ports/run.store.js';
import { runDaysOf } from '../settings/run-days.js';
import type { RetentionSettings } from '../settings/settings.js';
import { FIGURES_KEPT_DAYS } from '../stats/figures.js';
import type { StatsStore } from '../stats/stats.store.js';
import type { EventStore } from '../events/event.store.js';
import type { WebhookDeliveryStore } from '../webhooks/ports/webhook-delivery.store.js';

const DAY_MS = 86_400_000;

/** What is known of tasks and channels for notifications is forgotten when nothing has changed for so long. */
const WATCHED = ['watch', 'gate', 'health'] as const;
const WATCHED_DAYS = 400;

/** The injection token of the chores. */
export const CHORES = Symbol('CHORES');

/** A kind of objects that are not kept forever. */
export interface Chore {
  what: string;
  /** How long the objects are kept (ms), by the retention that counts. */
  keptMs: (retention: RetentionSettings) => number;
  /** Deletes up to `limit` objects older than `before` (epoch ms); resolves to their number. */
  purge: (before: number, limit: number) => Promise<number>;
}

/** What is kept for a shorter time, of some outcomes or organizations, `RunRetention` removes. */
const longestRuns = (retention: RetentionSettings): number =>
  Math.max(runDaysOf(retention, false), runDaysOf(retention, true)) * DAY_MS;

/** Everything that is removed by age. */
export const choresOf = (
  runs: RunStore,
  events: EventStore,
  idempotency: IdempotencyStore,
  stats: Pick<StatsStore, 'purge'>,
  audit: Pick<AuditRetention, 'purge'>,
  deliveries: Pick<WebhookDeliveryStore, 'purge'>,
  notifications: Pick<NotificationStore, 'purge'>,
  notificationDeliveries: Pick<NotificationDeliveryStore, 'purge'>,
): Chore[] => [
  { what: 'runs', keptMs: longestRuns, purge: (...stretch) => runs.purge(...stretch) },
  {
    what: 'ledger entries',
    keptMs: longestRuns,
    purge: (...stretch) => runs.purgeLedger(...stretch),
  },
  { what: 'events', keptMs: ({ eventsDays }) => eventsDays * DAY_MS, purge: (...stretch) => events.purge(...stretch) },
  {
    what: 'webhook deliveries',
    keptMs: ({ eventsDays }) => eventsDays * DAY_MS,
    purge: (...stretch) => deliveries.purge(...stretch),
  },
  {
    what: 'notification deliveries',
    keptMs: ({ runsDays }) => runsDays * DAY_MS,
    purge: (...stretch) => notificationDeliveries.purge(...stretch),
  },
  ...WATCHED.map((kind) => ({
    what: `notifications (${kind})`,
    keptMs: () => WATCHED_DAYS * DAY_MS,
    purge: (before: number, limit: number) => notifications.purge(kind, before, limit),
  })),
  {
    what: 'audit entries',
    keptMs: ({ auditDays }) => auditDays * DAY_MS,
    purge: (...stretch) => audit.purge(...stretch),
  },
  { what: 'figures', keptMs: () => FIGURES_KEPT_DAYS * DAY_MS, purge: (...stretch) => stats.purge(...stretch) },
  { what: 'idempotency keys', keptMs: () => DAY_MS, purge: (...stretch) => idempotency.purge(...stretch) },
];
