import { InvalidInputError } from '../domain/errors.js';
import { derivedId } from '../domain/ids.js';
import { isJsonObject, type Json } from '../domain/json.js';
import { jsonSize } from '../domain/json-size.js';
import type { SubscribedTopic } from '../domain/routes.js';
import { traceContextOf } from '../domain/trace-context.js';
import type { CloudEvent } from '../events/cloudevents/cloud-event.js';
import { dataFrom } from '../events/cloudevents/event-data.js';
import { isBinaryRecord, recordEvent } from '../events/cloudevents/record.js';
import { structuredEvent } from '../events/cloudevents/structured.js';
import type { NewEvent } from '../events/events.service.js';
import { mappedBy } from '../webhooks/mapping.js';
import { UnmappedPayloadError } from '../webhooks/webhook-errors.js';
import type { IncomingMessage } from './transport.js';

const STRUCTURED = 'application/cloudevents+json';

/**
 * The event of a message, by what is set for its topic. Its id derives from the CloudEvent's source and id, or else from
 * the place of the message, so that it is the same whenever the message is delivered.
 * @throws InvalidInputError, UnmappedPayloadError
 */
export function incomingEvent(
  route: SubscribedTopic,
  message: IncomingMessage,
  mostBytes: number,
): Required<Omit<NewEvent, 'digest' | 'trace'>> & Pick<NewEvent, 'trace'> {
  const { transport, topic, organization, mapping = {} } = route;
  const { value, headers, position } = message;
  if (value === null || value.length === 0) throw new InvalidInputError([{ pointer: '', detail: 'has no value' }]);
  if (value.length > mostBytes)
    throw new InvalidInputError([{ pointer: '', detail: `is larger than ${mostBytes} bytes (EVENT_BYTES)` }]);
  const { event, payload } = contentOf(message, value, isOpen(route));
  const own = route.event ?? (mapping.type ? null : (event?.type ?? null));
  if (own === null && !mapping.type)
    throw new UnmappedPayloadError('The message is no CloudEvent, and nothing says what the type of its event is.');
  const types = mapping.type ? [mapping.type] : [];
  const { type, data } = mappedBy({ event: own, mapping, types }, payload, (name) => headers[name.toLowerCase()]);
  if (jsonSize(data) > mostBytes)
    throw new InvalidInputError([{ pointer: '', detail: `is larger than ${mostBytes} bytes (EVENT_BYTES)` }]);
  const id = event
    ? derivedId(0, 'cloudevent', event.source, event.id)
    : derivedId(0, 'message', transport, topic, position);
  const trace = event?.trace ?? traceContextOf(headers['traceparent'], headers['tracestate']);
  const source = event?.source ?? `${transport}:${topic}`;
  return { organization, type, data, id, source, ...(trace && { trace }) };
}

/** Whether only a CloudEvent says what the type is. */
const isOpen = ({ event, mapping }: SubscribedTopic): boolean => event === undefined && mapping?.type === undefined;

/** The CloudEvent that the message is, if it is one, and what a mapping is applied to. */
function contentOf(
  { headers }: IncomingMessage,
  value: Buffer,
  mustBeEvent: boolean,
): { event: CloudEvent | null; payload: Json } {
  const contentType = headers['content-type'];
  if (isBinaryRecord(headers)) return ofEvent(recordEvent(headers, value));
  const isMarked = contentType?.toLowerCase().startsWith(STRUCTURED) ?? false;
  const read = dataFrom(value, isMarked ? undefined : contentType);
  if ('fault' in read) throw new InvalidInputError([read.fault]);
  const payload = read.data;
  if (isMarked || (isJsonObject(payload) && (mustBeEvent || isEvent(payload))))
    return ofEvent(structuredEvent(payload));
  return { event: null, payload };
}

const ofEvent = (event: CloudEvent) => ({ event, payload: event.data });

const isEvent = (value: Readonly<Record<string, Json>>): boolean =>
  ['specversion', 'id', 'source', 'type'].every((name) => typeof value[name] === 'string');
