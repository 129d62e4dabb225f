import type { AuditNotice, Notice, RunSummary } from './payloads.js';

/** Receives what the engine reports. Deliveries may repeat; receivers recognise an item by its id. */
export abstract class Sink<Item> {
  /** Rejects when the items should be delivered again; an `ActionError` gives details. */
  abstract deliver(items: readonly Item[], signal: AbortSignal): Promise<void>;
}

/**
 * Receives each run that failed or timed out, and each task that was paused for failures or is overdue or has missed occurrences, one at a time.
 */
export abstract class Notifier extends Sink<Notice> {}

/** Receives a summary of each finished run. */
export abstract class RunReporter extends Sink<RunSummary> {}

/** Receives every change of a task and the outcome of every run. */
export abstract class AuditSink extends Sink<AuditNotice> {}

/** Stand-in when the settings name no receiver; nothing is collected for it. */
export class NoSink extends Sink<unknown> {
  deliver(): Promise<void> {
    return Promise.resolve();
  }
}
