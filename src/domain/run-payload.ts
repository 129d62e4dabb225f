import { parentOf } from './chain.js';
import type { ReceivedEvent } from './event.js';
import { sizeOfRun } from './held-size.js';
import type { Run } from './run.js';

/** From how many bytes on what a run carries is left in the store while the run waits. */
export const LARGE_PAYLOAD = 1024;

/** The event without its data and those that came with it; of a run's end, it still tells whose that is. */
export function lightEvent({ together: _together, ...event }: ReceivedEvent): ReceivedEvent {
  const parent = parentOf(event);
  const data = parent && { runId: parent.id, taskId: parent.taskId, taskName: parent.taskName, outcome: parent.state };
  return { ...event, data: data ?? null };
}

/**
 * Leaves what a stored run carries, its parameters and the data of its events, in the store alone if that takes `least` bytes
 * or more. The other runs of its event keep theirs.
 */
export function leaveInStore(run: Run, least = LARGE_PAYLOAD): void {
  const size = sizeOfRun(run);
  if (size < least) return;
  delete run.parameters;
  if (run.event) run.event = lightEvent(run.event);
  run.payloadInStore = size;
}
