import type { ReceivedEvent } from '../domain/event.js';
import type { Run } from '../domain/run.js';
import { LARGE_PAYLOAD, lightEvent } from '../domain/run-payload.js';
import { objectIn } from './shape.js';

export type Carrying = Pick<Run, 'event' | 'parameters'>;
type Payload = Pick<Run, 'parameters'> & Partial<Pick<ReceivedEvent, 'data' | 'together'>>;

/**
 * What a run carries, as text, where that is large: it is stored beside the rest, so that runs can be read without it. Null
 * where it is small; then it is stored with the rest.
 */
export function payloadOf({ event, parameters }: Carrying): string | null {
  if (!event && !parameters) return null;
  const { data, together } = event ?? {};
  const payload = {
    ...(parameters && { parameters }),
    ...(data !== undefined && { data }),
    ...(together && { together }),
  } satisfies Payload;
  const text = JSON.stringify(payload);
  return text.length < LARGE_PAYLOAD ? null : text;
}

/** The run without what is stored beside it. */
export function withoutPayload<Of extends Carrying>({
  parameters: _parameters,
  event,
  ...run
}: Of): Omit<Of, keyof Carrying> & Carrying {
  return { ...run, event: event && lightEvent(event) };
}

/** The run with what was stored beside it; `bytes` tells how large that is where it was not read. */
export function withPayload<Of extends Carrying>(
  run: Of,
  payload: string | null | undefined,
  bytes: number | null | undefined,
): Of & Pick<Run, 'payloadInStore'> {
  if (typeof payload !== 'string') return typeof bytes === 'number' ? { ...run, payloadInStore: bytes } : run;
  const { parameters, ...ofEvent } = objectIn(payload) as Payload;
  return { ...run, event: run.event && { ...run.event, ...ofEvent }, ...(parameters && { parameters }) };
}
