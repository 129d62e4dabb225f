import type { Fault } from '../../domain/errors.js';
import type { Json } from '../../domain/json.js';
import { outsideTypeFault } from '../../domain/outside-event.js';
import { traceContextOf } from '../../domain/trace-context.js';
import { eventTypeSchema } from '../../domain/trigger.js';
import type { CloudEvent } from './cloud-event.js';

/** The attributes of an event by name, before they are checked. */
export type Attributes = ReadonlyMap<string, unknown>;

/** Where a fault is: at an attribute of this name. */
export type PlaceOf = (name: string) => Pick<Fault, 'pointer' | 'parameter'>;

const NAME = /^[a-z0-9]{1,64}$/;
const LONGEST = 2048;
/** RFC 3986: no character that a URI cannot hold, and each percent sign begins an encoded byte. */
const URI_REFERENCE = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const MEDIA_TYPE = /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?:\s*;.*)?$/;
const TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

const matching =
  (form: RegExp, sentence: string) =>
  (text: string): string | null =>
    form.test(text) ? null : sentence;

/** What is wrong with the text of an attribute that has a form; null for nothing. */
const FORMS: Readonly<Record<string, (text: string) => string | null>> = {
  id: () => null,
  source: matching(URI_REFERENCE, 'must be a URI reference (RFC 3986)'),
  specversion: matching(/^1\.0$/, 'must be "1.0"'),
  type: typeFault,
  datacontenttype: matching(MEDIA_TYPE, 'must be a media type'),
  dataschema: (text) => (URI.test(text) && URI_REFERENCE.test(text) ? null : 'must be a URI'),
  subject: () => null,
  time: matching(TIME, 'must be an instant of RFC 3339'),
};
const REQUIRED = ['specversion', 'id', 'source', 'type'];

function typeFault(type: string): string | null {
  const isType = eventTypeSchema.safeParse(type).success;
  return isType ? outsideTypeFault(type) : 'must be letters, digits, ".", "_" or "-", at most 128 of them';
}

/** The faults of the attributes of an event. */
export function attributeFaults(attributes: Attributes, placeOf: PlaceOf): Fault[] {
  const missing = REQUIRED.filter((name) => !attributes.has(name));
  return [
    ...missing.map((name) => ({ ...placeOf(name), detail: 'is missing' })),
    ...[...attributes].flatMap(([name, value]) => {
      const detail = faultOf(name, value);
      return detail === null ? [] : [{ ...placeOf(name), detail }];
    }),
  ];
}

function faultOf(name: string, value: unknown): string | null {
  if (!NAME.test(name)) return 'is no name of an attribute: lower-case letters and digits';
  const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
  if (typeof value === 'string') {
    if (value.length > LONGEST) return `must have at most ${LONGEST} characters`;
    if (value === '' && form) return 'must not be empty';
    return form?.(value) ?? null;
  }
  if (form) return 'must be a text';
  return typeof value === 'boolean' || Number.isInteger(value)
    ? null
    : 'must be a text, a whole number, or true or false';
}

/** The event of attributes without faults; its place in a trace is what the extension for distributed tracing says. */
export function eventOf(attributes: Attributes, data: Json): CloudEvent {
  const text = (name: string): string => attributes.get(name) as string;
  const trace = traceContextOf(attributes.get('traceparent'), attributes.get('tracestate'));
  return { id: text('id'), source: text('source'), type: text('type'), data, ...(trace && { trace }) };
}
