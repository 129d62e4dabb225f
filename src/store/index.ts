export type { Actor } from '../audit/actor.js';
export { entryOf, type AuditRecord, type InvalidEntry } from '../audit/audit-entry.js';
export {
  AuditReads,
  AuditStore,
  type AuditFilter,
  type AuditPage,
  type Checkpoint,
  type OutcomePosition,
  type RunOutcome,
} from '../audit/audit.store.js';
export { briefly } from '../audit/counted-outcomes.js';
export { ApiKeyReads, ApiKeyStore, type ApiKey, type ApiKeyPage } from '../auth/api-key.store.js';
export { InstanceStore, type Instance } from '../cluster/instance.store.js';
export type { Claim, ClaimResult } from '../domain/claim.js';
export { addShapes, anyTerm, MOST_SHAPES, termsOfTask } from '../domain/event-index.js';
export { SettingsError, StoreUnavailableError } from '../domain/errors.js';
export { sizeOfTask } from '../domain/held-size.js';
export { firstIdAt } from '../domain/ids.js';
export type { Json, JsonObject } from '../domain/json.js';
export type { LedgerEntry, LedgerOutcome } from '../domain/ledger.js';
export { listingOf, type Listing, type Page } from '../domain/listing.js';
export { queueOf, storedNeedOf, type StoredNeed } from '../domain/need.js';
export { isExcluded, isInPart, type Exclusion, type Part, type QueueChoice } from '../domain/part.js';
export type { QueuedRuns, QueuedTasks } from '../domain/queue-counts.js';
export {
  isFinished,
  isMakeUp,
  type Attempt,
  type FormerOutcome,
  type Heartbeat,
  type Run,
  type RunError,
  type RunProgress,
  type RunState,
  type RunTrigger,
} from '../domain/run.js';
export { shardOf, SHARDS } from '../domain/shards.js';
export type { TaskDefinition } from '../domain/task-definition.js';
export type { RunProof, TaskProof, Telling, Told } from '../domain/telling.js';
export { eventTypesOf, wakeAt, type Occurrence, type Task, type TaskState } from '../domain/task.js';
export {
  amended,
  bounded,
  LEFT_REASONS,
  NOTHING_YET,
  type EventOutcome,
  type LeftReason,
  type LeftTask,
  type StartedRun,
} from '../events/event-outcome.js';
export {
  EventReads,
  EventStore,
  placeOf,
  type DispatchedEvent,
  type EventFilter,
  type EventHead,
  type EventKey,
  type EventRecord,
  type StoredEvent,
} from '../events/event.store.js';
export type { EventWindow } from '../events/windows/event-window.js';
export {
  EventWindowReads,
  EventWindowStore,
  type DueEventWindow,
  type DueEventWindows,
  type WindowChange,
  type WindowUsage,
  type WindowVersion,
} from '../events/windows/event-window.store.js';
export {
  OutboxStore,
  type Marks,
  type OutboxPage,
  type OutboxSize,
  type StoredTelling,
  type TellingHead,
} from '../outbox/outbox.store.js';
export type { Alert, AlertKind } from '../notifications/alerts/alert.js';
export type { DeliveryAttempt, DeliveryStatus, NotificationDelivery } from '../notifications/deliveries/delivery.js';
export {
  NotificationDeliveryReads,
  NotificationDeliveryStore,
  type DeliveryFilter,
} from '../notifications/ports/notification-delivery.store.js';
export {
  NotificationReads,
  NotificationStore,
  type NotificationRecord,
  type RecordKind,
  type RecordPlace,
} from '../notifications/ports/notification.store.js';
export { LogReads, LogStore, type LogChunk, type LogEntry } from '../execution-log/log.store.js';
export { IdempotencyStore, type IdempotencyRecord, type IdempotentRequest } from '../idempotency/idempotency.store.js';
export { LockKeeper, NoLockKeeper } from '../locking/lock-keeper.js';
export { LockStore } from '../locking/lock.store.js';
export { SettingsStore, type StoredUnder } from '../organizations/settings.store.js';
export {
  RunReads,
  type FailedRuns,
  type LedgerRange,
  type MadeUp,
  type MadeUpRange,
  type RunFilter,
  type RunFailure,
  type RunInstant,
  type RunOfEvent,
  type RunOutline,
  type RunRange,
} from '../scheduling/ports/run.reads.js';
export { isListed } from '../scheduling/ports/is-listed.js';
export type { RunSearch } from '../domain/run-search.js';
export { hasBegun } from '../scheduling/planning/precedence.js';
export {
  beforeBegin,
  isAccepted,
  RunStore,
  type Beside,
  type OldRuns,
  type OpenedRun,
  type PurgedKind,
  type Reach,
  type RunChange,
} from '../scheduling/ports/run.store.js';
export { sortedTasks } from '../scheduling/ports/sorted-tasks.js';
export { fitsFilter } from '../scheduling/ports/task-filter.js';
export { fitting, MOST_READ, MOST_READ_BYTES } from '../scheduling/ports/task-pages.js';
export {
  TaskReads,
  type DueRange,
  type DueTasks,
  type PlacedTask,
  type TaskFilter,
  type TaskSorting,
  type Turns,
} from '../scheduling/ports/task.reads.js';
export { TaskStore, versionOf, type Standing, type TaskVersion } from '../scheduling/ports/task.store.js';
export { SealedStore, type SealedSecrets } from '../secrets/sealed.store.js';
export { noTotals, type MinuteFigures, type MinuteSums, type Totals } from '../stats/figures.js';
export { StatsReads, StatsStore, type Backlog } from '../stats/stats.store.js';
export type { CustomStore, OpenCustomStore } from '../storage/custom-store.js';
export type { Readers as ReadPorts, Stores as StorePorts } from '../storage/ports.js';
export { StoreHealth, type StoreFigures } from '../storage/store-health.js';
export {
  WebhookDeliveryReads,
  WebhookDeliveryStore,
  type Keep,
  type SourceKey,
} from '../webhooks/ports/webhook-delivery.store.js';
export { WebhookSourceReads, WebhookSourceStore } from '../webhooks/ports/webhook-source.store.js';
export { sizeOfDelivery, type DeliveryResult, type WebhookDelivery } from '../webhooks/webhook-delivery.js';
export type { WebhookSecret, WebhookSource } from '../webhooks/webhook-source.js';
