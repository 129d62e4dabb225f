import { InvalidInputError, type Fault } from '../../domain/errors.js';
import { pointerOf, within } from '../../domain/faults.js';
import { isJsonObject, type Json } from '../../domain/json.js';
import { attributeFaults, eventOf } from './attributes.js';
import { MOST_EVENTS, type CloudEvent } from './cloud-event.js';
import { bytesIn, dataFrom } from './event-data.js';

const DATA = 'data';
const BYTES = 'data_base64';

/** The event in a JSON value. @throws InvalidInputError */
export function structuredEvent(value: Json): CloudEvent {
  const { event, faults } = eventIn(value);
  if (!event) throw new InvalidInputError(faults);
  return event;
}

/** The events in a list: all of them, or none. @throws InvalidInputError whose pointers begin with the event's place */
export function batchOf(value: Json): CloudEvent[] {
  if (!Array.isArray(value)) throw new InvalidInputError([{ pointer: '', detail: 'must be a list of events' }]);
  if (value.length > MOST_EVENTS)
    throw new InvalidInputError([{ pointer: '', detail: `must be at most ${MOST_EVENTS} events` }]);
  const read = value.map(eventIn);
  const faults = read.flatMap((each, index) => within(`/${index}`, each.faults));
  if (faults.length > 0) throw new InvalidInputError(faults);
  return read.map(({ event }) => event!);
}

function eventIn(value: Json): { event?: CloudEvent; faults: Fault[] } {
  if (!isJsonObject(value)) return { faults: [{ pointer: '', detail: 'must be an event' }] };
  const members = Object.entries(value).filter(([name, member]) => member !== null && name !== DATA && name !== BYTES);
  const attributes = new Map<string, unknown>(members);
  const { data, faults } = dataIn(value, attributes.get('datacontenttype'));
  const all = [...attributeFaults(attributes, (name) => ({ pointer: pointerOf([name]) })), ...faults];
  if (all.length > 0) return { faults: all };
  return { event: eventOf(attributes, data), faults: [] };
}

function dataIn(value: Readonly<Record<string, Json>>, type: unknown): { data: Json; faults: Fault[] } {
  const isGiven = Object.hasOwn(value, DATA);
  const encoded = Object.hasOwn(value, BYTES) ? value[BYTES]! : null;
  if (encoded === null) return { data: isGiven ? value[DATA]! : null, faults: [] };
  const pointer = pointerOf([BYTES]);
  const wrong = (detail: string) => ({ data: null, faults: [{ pointer, detail }] });
  if (isGiven) return wrong('must not be there beside "data"');
  const bytes = bytesIn(encoded);
  if (!bytes) return wrong('must be base64');
  const read = dataFrom(bytes, typeof type === 'string' ? type : undefined);
  return 'fault' in read ? wrong(read.fault.detail) : { data: read.data, faults: [] };
}
