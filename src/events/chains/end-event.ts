import { dataOfEnd } from '../../domain/chain.js';
import type { ReceivedEvent } from '../../domain/event.js';
import { derivedId } from '../../domain/ids.js';
import type { RunMessage } from '../../domain/lifecycle-message.js';
import type { RunState } from '../../domain/run.js';
import { chainedId, chainOf } from '../../integrations/chained-id.js';

/** What decides the id of the event that tells of the end of a run. */
interface Ended {
  runId: string;
  scheduledFor: number;
  state: RunState;
  /** The event that started the run. */
  cause?: Pick<ReceivedEvent, 'id' | 'descendants'> | null | undefined;
}

/** The id of the event that tells of the end of a run: the same whoever tells of it. It carries the length of the chain. */
export const endEventId = ({ runId, scheduledFor, state, cause }: Ended): string =>
  chainedId(derivedId(scheduledFor, 'end', runId, state), {
    length: 1 + chainOf(cause?.id ?? '').length,
    descendants: cause?.descendants,
  });

/** The event that tells of the end of a run. */
export const endEvent = (message: RunMessage): ReceivedEvent => ({
  id: endEventId(message),
  type: message.type,
  data: dataOfEnd(message),
  receivedAt: message.at,
  ...(message.trace && { trace: message.trace }),
});
