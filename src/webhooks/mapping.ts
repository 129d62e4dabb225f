import { outsideTypeFault } from '../domain/outside-event.js';
import { eventTypeSchema } from '../domain/trigger.js';
import type { Json } from '../domain/json.js';
import { partsOfPath, type Mapping } from '../domain/payload-mapping.js';
import type { SchemeType } from './scheme-schema.js';
import type { SignedRequest } from './schemes/signed-request.js';
import { UnmappedPayloadError } from './webhook-errors.js';
import type { WebhookSource } from './webhook-source.js';

type TypeMapping = NonNullable<Mapping['type']>;

/** Where the type of an event stands unless a source says it, the first that is there; none for codes of one's own. */
export const DEFAULT_TYPES: Record<SchemeType, readonly TypeMapping[]> = {
  standard: [{ path: 'type' }],
  github: [{ header: 'x-github-event', prefix: 'github.' }],
  gitlab: [
    { path: 'object_kind', prefix: 'gitlab.' },
    { path: 'event_name', prefix: 'gitlab.' },
  ],
  stripe: [{ path: 'type', prefix: 'stripe.' }],
  slack: [
    { path: 'event.type', prefix: 'slack.' },
    { path: 'type', prefix: 'slack.' },
  ],
  hmac: [],
};

type Mapped = Pick<WebhookSource, 'scheme' | 'event' | 'mapping'>;

/** Where the type of an event of a source stands, the first that is there. */
export const typesOf = ({ scheme, mapping }: Omit<Mapped, 'event'>): readonly TypeMapping[] =>
  mapping.type ? [mapping.type] : DEFAULT_TYPES[scheme.type];

/** The headers that the mapping of a source reads, in lower case. */
export const headersReadBy = (source: Omit<Mapped, 'event'>): string[] => [
  ...typesOf(source).flatMap((type) => ('header' in type ? [type.header] : [])),
  ...(source.mapping.headers ?? []),
];

/** Type and data of the event in a payload. @throws UnmappedPayloadError */
export const mapped = (
  source: Mapped,
  payload: Json,
  header: (name: string) => string | undefined,
): { type: string; data: Json } =>
  mappedBy({ event: source.event, mapping: source.mapping, types: typesOf(source) }, payload, header);

/** Type and data by a mapping: the type is `event`, or else stands at the first of `types` that is there. @throws UnmappedPayloadError */
export function mappedBy(
  { event, mapping, types }: { event: string | null; mapping: Mapping; types: readonly TypeMapping[] },
  payload: Json,
  header: (name: string) => string | undefined,
): { type: string; data: Json } {
  const type = event ?? typeIn(types, payload, header);
  const body = dataIn(mapping.data, payload);
  const { headers } = mapping;
  if (!headers) return { type, data: body };
  const found = headers.flatMap((name) => {
    const value = header(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { type, data: { body, headers: Object.fromEntries(found) } };
}

/** The header of a request that is there once. */
export const headersOf =
  (request: SignedRequest) =>
  (name: string): string | undefined =>
    request.only(name);

function typeIn(types: readonly TypeMapping[], payload: Json, header: (name: string) => string | undefined): string {
  for (const type of types) {
    const value = 'header' in type ? header(type.header) : valueAt(payload, type.path);
    if (value !== undefined) return typeFrom(value, type);
  }
  const places = types.map((type) => ('header' in type ? `the header ${type.header}` : `the path ${type.path}`));
  throw new UnmappedPayloadError(`The event has no type: there is nothing at ${places.join(' or ')}.`);
}

function typeFrom(value: Json, { prefix = '' }: TypeMapping): string {
  const type = `${prefix}${typeof value === 'string' ? value : ''}`;
  if (typeof value !== 'string' || !eventTypeSchema.safeParse(type).success)
    throw new UnmappedPayloadError(
      'The event has no type: what stands there is no text of letters, digits, ".", "_" and "-".',
    );
  const fault = outsideTypeFault(type);
  if (fault !== null) throw new UnmappedPayloadError(`The type of the event ${fault}.`);
  return type;
}

function dataIn(data: Mapping['data'], payload: Json): Json {
  if (!data) return payload;
  return Object.fromEntries(
    Object.entries(data).map(([name, path]) => {
      const value = valueAt(payload, path);
      if (value === undefined) throw new UnmappedPayloadError(`There is nothing at the path ${path}.`);
      return [name, value];
    }),
  );
}

/** The value at a path; only own members count, and indexes of lists. */
export function valueAt(payload: Json, path: string): Json | undefined {
  let value: Json | undefined = payload;
  for (const part of partsOfPath(path)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    if (Array.isArray(value) && !/^\d+$/.test(part)) return undefined;
    value = (value as Record<string, Json>)[part];
  }
  return value;
}
