import type { ReceivedEvent } from '../../domain/event.js';

/** An event that waits in a window, or that helped to start a run. */
export interface WaitingEvent extends ReceivedEvent {
  /** Which of the events of an `all` it stands for: its place there. */
  kind?: number;
  /** The size of its data as JSON. */
  bytes?: number;
  /** Its data was left out, because the window has no room for it; the event itself keeps them. */
  isCut?: true;
}

/** The events that wait for the end of a window. */
export interface Gathering {
  /** In the order in which they came in. */
  events: WaitingEvent[];
  /** When the window ends, unless further events change that (epoch ms). */
  endsAt: number;
}

/** A window that has ended, and whose run may not be stored yet. */
export interface EndedGathering {
  runId: string;
  /** The nominal time of the run (epoch ms). */
  scheduledFor: number;
  events: WaitingEvent[];
}

/** Why an event left a window without a run. */
export type LeavingReason = 'replaced' | 'expired' | 'changed';

/** An event that is through: it must not enter again, though its dispatch may be repeated. */
export type SpentEvent = { id: string } & ({ runId: string } | { reason: LeavingReason });

/** A run that a throttle has let start, by its event. */
export interface ThrottledStart {
  id: string;
  /** Epoch ms. */
  at: number;
}

/** What a trigger of a task holds under one key: the events that wait, and what has to be known of those that did. */
export interface EventWindow {
  /** Derives from the task, the trigger and the key. */
  id: string;
  organization: string;
  taskId: string;
  /** The digest of the trigger as it is defined. */
  trigger: string;
  /** The value that the events share, as JSON; null where they have none, or the trigger has no key. */
  key: string | null;
  /** Another one after each change. */
  version: string;
  /** When there is something to do (epoch ms). */
  dueAt: number;
  gathering: Gathering | null;
  /** Oldest first. */
  ended: EndedGathering[];
  spent: SpentEvent[];
  /** Oldest first. */
  starts: ThrottledStart[];
  /** Why its record cannot be read, where that is so; then it holds nothing. */
  unreadable?: string;
}
