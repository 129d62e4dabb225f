import type { AuditEntry, Notice, RunSummary } from './payloads.js';

/** Takes what the engine tells. Deliveries may repeat; every item has an id by which a receiver recognises it. */
export abstract class Sink<Item> {
  /** Rejects when the items should be delivered again, with an `ActionError` where it knows more than that. */
  abstract deliver(items: readonly Item[], signal: AbortSignal): Promise<void>;
}

/** Hears of each run that failed or timed out, and of each task paused because of that or overdue, one at a time. */
export abstract class Notifier extends Sink<Notice> {}

/** Gets a summary of each finished run. */
export abstract class RunReporter extends Sink<RunSummary> {}

/** Gets every change of a task and the outcome of every run. */
export abstract class AuditTrail extends Sink<AuditEntry> {}

/** Stands in where the settings name no receiver; nothing is gathered for it. */
export class NoSink extends Sink<unknown> {
  deliver(): Promise<void> {
    return Promise.resolve();
  }
}
