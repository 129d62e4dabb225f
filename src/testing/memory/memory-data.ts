import type { AuditRecord } from '../../audit/audit-entry.js';
import type { Checkpoint, OutcomePosition } from '../../audit/audit.store.js';
import type { ApiKey } from '../../auth/api-key.store.js';
import type { MinuteFigures } from '../../stats/figures.js';
import type { Instance } from '../../cluster/instance.store.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import type { LogEntry } from '../../execution-log/log.store.js';
import type { StoredUnder } from '../../organizations/settings.store.js';
import type { IdempotencyRecord } from '../../idempotency/idempotency.store.js';
import type { Turns } from '../../scheduling/ports/task.store.js';
import type { EventOutcome } from '../../events/event-outcome.js';
import type { StoredEvent } from '../../events/event.store.js';
import type { EventWindow } from '../../events/windows/event-window.js';
import type { StoredTelling } from '../../outbox/outbox.store.js';
import type { NotificationDelivery } from '../../notifications/deliveries/delivery.js';
import type { NotificationRecord } from '../../notifications/ports/notification.store.js';
import type { WebhookDelivery } from '../../webhooks/webhook-delivery.js';
import type { WebhookSource } from '../../webhooks/webhook-source.js';

/** A lock as it is stored; it expires by the store's clock (epoch ms). */
export interface StoredLock {
  owner: string;
  expiresAt: number;
}

/** The contents of a store that lives in memory only; all connections to it share one of these. */
export class MemoryData {
  readonly tasks = new Map<string, Task>();
  /** The shapes of event triggers by organization. */
  readonly eventShapes = new Map<string, Set<string>>();
  readonly runs = new Map<string, Run>();
  readonly unfinished = new Map<string, Run>();
  readonly cancelRequested = new Set<string>();
  readonly ledger = new Map<string, LedgerEntry[]>();
  readonly locks = new Map<string, StoredLock>();
  readonly events = new Map<string, StoredEvent & { retryAt?: number | null; outcome?: EventOutcome }>();
  readonly eventWindows = new Map<string, EventWindow>();
  readonly logs = new Map<string, Map<number, LogEntry[]>>();
  readonly requests = new Map<string, IdempotencyRecord>();
  readonly instances = new Map<string, Instance>();
  readonly startLimits = new Map<string, number>();
  readonly settings = new Map<string, StoredUnder>();

  readonly apiKeys = new Map<string, ApiKey>();
  readonly webhookSources = new Map<string, WebhookSource>();
  readonly webhookDeliveries = new Map<string, WebhookDelivery>();
  readonly notifications = new Map<string, NotificationRecord>();
  readonly notificationDeliveries = new Map<string, NotificationDelivery>();
  readonly figures = new Map<string, MinuteFigures>();

  /** Tellings by stream and number, marks by stream and consumer, losses by consumer. */
  readonly outbox = new Map<string, StoredTelling>();
  readonly outboxMarks = new Map<string, Map<string, number>>();
  readonly outboxLosses = new Map<string, number>();

  audit: AuditRecord[] = [];
  readonly checkpoints = new Map<string, Checkpoint>();
  outcomesUntil: OutcomePosition | null = null;

  /** Whether the store is closed, so that its health check fails. */
  closed = false;

  /** `now` is the store's own clock (epoch ms). */
  constructor(readonly now: () => number) {}

  /** Adds entries to the ledger of a task. */
  tell(taskId: string, entries: readonly LedgerEntry[]): void {
    this.ledger.set(taskId, [...this.ledgerOf(taskId), ...copyOf(entries)]);
  }

  ledgerOf(taskId: string): LedgerEntry[] {
    return this.ledger.get(taskId) ?? [];
  }

  /** Deletes up to `limit` entries that end before `before`, and returns how many. */
  purgeLedger(before: number, limit: number): number {
    const old = new Set([...this.ledger.values()].flat().filter(({ to }) => to < before).slice(0, limit)); // prettier-ignore
    for (const [taskId, entries] of this.ledger) this.ledger.set(taskId, entries.filter((entry) => !old.has(entry))); // prettier-ignore
    return old.size;
  }
}

/** Combines several parts into a key for a map. */
export const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

/** A copy that shares nothing with the original, as a store on disk returns it. */
export function copyOf<Value>(value: Value): Value {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    // An assignment to this key would set the prototype.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: copyOf(member as unknown), enumerable: true });
    else if (member !== undefined) copy[key] = copyOf(member as unknown);
  }
  return copy as Value;
}

/** Orders by id, descending. */
export const descending = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? 1 : -1);

type Owned = { organization: string };

/** Orders by organization. */
export const byOrganization = (a: Owned, b: Owned): number =>
  a.organization < b.organization ? -1 : a.organization > b.organization ? 1 : 0;

/** Whether the organization is among those asked for. */
export const hasTurn = ({ organization }: Owned, { after, except = [] }: Turns): boolean =>
  organization > after && !except.includes(organization);

/** Deletes up to `limit` entries that are old enough, and returns how many. */
export function purge<Value>(map: Map<string, Value>, isOld: (value: Value) => boolean, limit: number): number {
  const old = [...map].filter(([, value]) => isOld(value)).slice(0, limit);
  for (const [key] of old) map.delete(key);
  return old.length;
}
