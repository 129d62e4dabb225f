import { parentOf } from './chain.js';
import type { GatheredEvent, ReceivedEvent } from './event.js';
import type { Json } from './json.js';
import type { Run } from './run.js';

/** From how many bytes on what a run carries is left in the store while the run waits. */
export const LARGE_PAYLOAD = 1024;

/** What the data of an event tells in any case: of a run's end, whose it is. */
export function smallDataOf(event: ReceivedEvent): Json {
  const parent = parentOf(event);
  return parent ? { runId: parent.id, taskId: parent.taskId, taskName: parent.taskName, outcome: parent.state } : null;
}

/**
 * Leaves what the run carries, its parameters and the data of its events, which take `bytes`, in the store alone. The
 * other runs of its event keep theirs.
 */
export function leaveInStore(run: Run, bytes: number): void {
  const { event } = run;
  delete run.parameters;
  if (event)
    run.event = {
      ...event,
      data: smallDataOf(event),
      ...(event.together && { together: event.together.map(withoutData) }),
    };
  run.payloadInStore = bytes;
}

const withoutData = (event: GatheredEvent): GatheredEvent => ({ ...event, data: null });
