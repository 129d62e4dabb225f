import type { AuditRecord } from '../../../src/audit/audit-entry.js';
import type { Checkpoint, OutcomePosition } from '../../../src/audit/audit.store.js';
import type { ApiKey } from '../../../src/auth/api-key.store.js';
import type { MinuteFigures } from '../../../src/stats/figures.js';
import type { Instance } from '../../../src/cluster/instance.store.js';
import type { LedgerEntry } from '../../../src/domain/ledger.js';
import type { Run } from '../../../src/domain/run.js';
import type { Task } from '../../../src/domain/task.js';
import type { LogEntry } from '../../../src/execution-log/log.store.js';
import type { StoredUnder } from '../../../src/organizations/settings.store.js';
import type { IdempotencyRecord } from '../../../src/rest/idempotency.store.js';
import type { Turns } from '../../../src/scheduling/task.store.js';
import type { StoredEvent } from '../../../src/triggers/event.store.js';

/** A lock as it is stored; it expires by the store's clock (epoch ms). */
export interface StoredLock {
  owner: string;
  expiresAt: number;
}

/** What is in the memory of a store that keeps nothing else; every connection to it shares one of these. */
export class MemoryData {
  readonly tasks = new Map<string, Task>();
  readonly runs = new Map<string, Run>();
  readonly unfinished = new Map<string, Run>();
  readonly cancelRequested = new Set<string>();
  readonly ledger = new Map<string, LedgerEntry[]>();
  readonly locks = new Map<string, StoredLock>();
  readonly events = new Map<string, StoredEvent>();
  readonly logs = new Map<string, Map<number, LogEntry[]>>();
  readonly requests = new Map<string, IdempotencyRecord>();
  readonly instances = new Map<string, Instance>();
  readonly startLimits = new Map<string, number>();
  readonly settings = new Map<string, StoredUnder>();

  readonly apiKeys = new Map<string, ApiKey>();
  readonly figures = new Map<string, MinuteFigures>();

  audit: AuditRecord[] = [];
  readonly checkpoints = new Map<string, Checkpoint>();
  outcomesUntil: OutcomePosition | null = null;

  /** Whether its end has come, so that it gives no sign of life any more. */
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

  /** Deletes up to `limit` entries that end before `before`; their number. */
  purgeLedger(before: number, limit: number): number {
    const old = new Set([...this.ledger.values()].flat().filter(({ to }) => to < before).slice(0, limit)); // prettier-ignore
    for (const [taskId, entries] of this.ledger) this.ledger.set(taskId, entries.filter((entry) => !old.has(entry))); // prettier-ignore
    return old.size;
  }
}

/** A key for a map out of several parts. */
export const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

/** A copy in which nothing is shared with the original, as a store that writes to a disk gives it. */
export function copyOf<Value>(value: Value): Value {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    // Assigned to, this one key would be the prototype.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: copyOf(member as unknown), enumerable: true });
    else if (member !== undefined) copy[key] = copyOf(member as unknown);
  }
  return copy as Value;
}

/** From high to low. */
export const descending = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? 1 : -1);

type Owned = { organization: string };

/** By the names of their organizations. */
export const byOrganization = (a: Owned, b: Owned): number =>
  a.organization < b.organization ? -1 : a.organization > b.organization ? 1 : 0;

/** Whether the organization is among those that are asked for. */
export const hasTurn = ({ organization }: Owned, { after, except = [] }: Turns): boolean =>
  organization > after && !except.includes(organization);

/** Deletes up to `limit` entries that are old enough; their number. */
export function purge<Value>(map: Map<string, Value>, isOld: (value: Value) => boolean, limit: number): number {
  const old = [...map].filter(([, value]) => isOld(value)).slice(0, limit);
  for (const [key] of old) map.delete(key);
  return old.length;
}
