import { isJsonObject, type Json } from '../domain/json.js';
import { partsOfPath } from '../domain/payload-mapping.js';
import { headersReadBy, typesOf } from './mapping.js';
import type { WebhookSource } from './webhook-source.js';

/** A path with a larger index gets no value: no sample is that long. */
const LARGEST_INDEX = 20;

/** A message to send to a source as its sender would; what is left out is made up. */
export interface Sample {
  body?: Json | undefined;
  headers?: Record<string, string> | undefined;
}

/** A sample that the mapping of its source turns into an event: there is a text wherever it looks. */
export function sampleFor(
  source: Pick<WebhookSource, 'scheme' | 'mapping'>,
  { body, headers = {} }: Sample,
  { id, at }: { id: string; at: string },
): { body: Json; headers: Record<string, string> } {
  const made = headersReadBy(source).map((name): [string, string] => [name, 'test']);
  const given = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  return {
    body: body ?? bodyFor(source, { id, type: 'test', test: true, at }),
    headers: { ...Object.fromEntries(made), 'content-type': 'application/json', ...Object.fromEntries(given) },
  };
}

function bodyFor(source: Pick<WebhookSource, 'scheme' | 'mapping'>, start: Json): Json {
  const [type] = typesOf(source);
  const paths = Object.values(source.mapping.data ?? {});
  if (type && 'path' in type) paths.unshift(type.path);
  return paths.reduce((made, path) => filled(made, partsOfPath(path)), start);
}

/** The value with something at the end of a path; what is there already stays unless the path leads through it. */
function filled(value: Json | undefined, [part, ...rest]: string[]): Json {
  if (part === undefined) return value ?? 'test';
  const isIndex = /^(?:0|[1-9]\d?)$/.test(part) && Number(part) <= LARGEST_INDEX;
  if (Array.isArray(value) || (isIndex && !isJsonObject(value))) {
    const items: Json[] = Array.isArray(value) ? [...value] : [];
    if (!isIndex) return items;
    while (items.length <= Number(part)) items.push(null);
    items[Number(part)] = filled(items[Number(part)], rest);
    return items;
  }
  const members = new Map(isJsonObject(value) ? Object.entries(value) : []);
  members.set(part, filled(members.get(part), rest));
  return Object.fromEntries(members);
}
