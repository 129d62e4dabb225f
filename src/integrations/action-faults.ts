import type { Action, ActionOf } from '../domain/action.js';
import type { Fault } from '../domain/errors.js';
import type { Json } from '../domain/json.js';
import { isHeaderValue } from './templates/render.js';
import { isConfidential, parseTemplate, TemplateSyntaxError } from './templates/template.js';
import { UrlTemplate } from './templates/url-template.js';

/** Headers that belong to the connection, or that the receiver is chosen by. */
const OWN_HEADERS = new Set(
  (
    'connection content-length expect host keep-alive proxy-authorization proxy-connection te trailer ' +
    'transfer-encoding upgrade'
  ).split(' '),
);

/** What is wrong with an action beyond its schema, with pointers relative to it, such as `/url` or `/headers/accept`. */
export function actionFaults(action: Action): Fault[] {
  if (action.type === 'http') return httpFaults(action);
  if (action.type === 'event') return eventFaults(action);
  const climbs = action.type === 'test-flow' && /^\.{1,2}$/.test(action.flowId);
  return climbs ? [{ pointer: '/flowId', detail: 'must be more than dots' }] : [];
}

function httpFaults({ url, headers = {}, body, method }: ActionOf<'http'>): Fault[] {
  const names = Object.keys(headers);
  const bodiless = body !== undefined && (method === 'GET' || method === 'HEAD');
  return [
    ...check('/url', () => new UrlTemplate(url)),
    ...names.flatMap((name) => headerFaults(name, headers[name]!, names)),
    ...(bodiless
      ? [{ pointer: '/body', detail: `a ${method} request has no body` }]
      : jsonFaults('/body', body, parseTemplate)),
  ];
}

function headerFaults(name: string, value: string, names: readonly string[]): Fault[] {
  const pointer = `/headers/${escapePointer(name)}`;
  const lower = name.toLowerCase();
  if (OWN_HEADERS.has(lower)) return [{ pointer, detail: 'is set by the connection and cannot be chosen' }];
  if (names.find((other) => other.toLowerCase() === lower) !== name) return [{ pointer, detail: 'is given twice' }];
  if (!isHeaderValue(value)) return [{ pointer, detail: 'must hold no line breaks, control or non-Latin characters' }];
  return check(pointer, () => parseTemplate(value));
}

/** An event is stored and seen by other tasks, so nothing confidential may go into it. */
function eventFaults({ data }: ActionOf<'event'>): Fault[] {
  return jsonFaults('/data', data, (text) => {
    for (const part of parseTemplate(text)) {
      if (typeof part === 'string' || !isConfidential(part)) continue;
      throw new TemplateSyntaxError(`"${part.source}" is confidential and cannot go into an event`);
    }
  });
}

function jsonFaults(pointer: string, value: Json | undefined, parse: (text: string) => unknown): Fault[] {
  if (typeof value === 'string') return check(pointer, () => parse(value));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => jsonFaults(`${pointer}/${escapePointer(name)}`, item, parse));
}

function check(pointer: string, parse: () => unknown): Fault[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return [{ pointer, detail: error.message }];
    throw error;
  }
}

const escapePointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
