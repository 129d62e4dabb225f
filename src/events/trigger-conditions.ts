import type { ReceivedEvent } from '../domain/event.js';
import type { Task } from '../domain/task.js';
import type { EventTrigger } from '../domain/trigger.js';
import type { LeftReason } from './event-outcome.js';

/** A trigger of a task whose type and filter an event matches. */
export interface Match {
  task: Task;
  trigger: EventTrigger;
  /** Its place among the task's triggers. */
  index: number;
  event: ReceivedEvent;
}

/** What becomes of a match. */
export type Verdict =
  /** The task starts, with a run of this event alone. */
  | { what: 'start' }
  /** The condition has started a run itself. */
  | { what: 'started'; runId: string }
  /** Nothing starts. */
  | { what: 'left'; reason: LeftReason }
  /** The event waits in a window, until this instant (epoch ms) at the latest. */
  | { what: 'waits'; until: number };

/**
 * Decides by the conditions of triggers what becomes of events that match them. Asked again about the same event and
 * trigger, as after a crash, it gives the same answer, or says what has come of it since.
 */
export abstract class TriggerConditions {
  /** Whether the trigger has a condition; without one an event that matches starts its task. */
  abstract has(trigger: EventTrigger): boolean;

  /** One verdict for each match, in their order; all have a condition. */
  abstract meet(organization: string, matches: readonly Match[]): Promise<Verdict[]>;
}
