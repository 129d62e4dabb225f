import type { Action, ActionOf } from '../domain/action.js';
import type { Fault } from '../domain/errors.js';
import type { Json } from '../domain/json.js';
import { SIGNATURE_HEADERS } from './http/request-signature.js';
import { isHeaderValue } from './templates/render.js';
import { isConfidential, parseTemplate, TemplateSyntaxError } from './templates/template.js';
import { UrlTemplate } from './templates/url-template.js';

/** Headers of the connection, and the header that selects the receiver. */
const OWN_HEADERS = new Set(
  (
    'connection content-length expect host keep-alive proxy-authorization proxy-connection te trailer ' +
    'transfer-encoding upgrade'
  ).split(' '),
);

/** How many templates one action may have: each of them takes a microsecond or two whenever it is read and filled in. */
export const MOST_TEMPLATES = 5000;

/** Checks an action beyond its schema; pointers are relative to the action, such as `/url` or `/headers/accept`. */
export function actionFaults(action: Action): Fault[] {
  if (templatesIn(action as unknown as Json) > MOST_TEMPLATES)
    return [{ pointer: '', detail: `has more than ${MOST_TEMPLATES} templates` }];
  if (action.type === 'http') return httpFaults(action);
  if (action.type === 'event') return eventFaults(action);
  const climbs = action.type === 'test-flow' && /^\.{1,2}$/.test(action.flowId);
  return climbs ? [{ pointer: '/flowId', detail: 'must not consist of dots only' }] : [];
}

function httpFaults(action: ActionOf<'http'>): Fault[] {
  const { url, headers = {}, body, method } = action;
  const names = Object.keys(headers);
  const bodiless = body !== undefined && (method === 'GET' || method === 'HEAD');
  return [
    ...check('/url', () => new UrlTemplate(url)),
    ...names.flatMap((name) => headerFaults(name, headers[name]!, names, takenBy(action))),
    ...credentialFaults(action),
    ...waitFaults(action),
    ...(bodiless
      ? [{ pointer: '/body', detail: `a ${method} request has no body` }]
      : jsonFaults('/body', body, parseTemplate)),
  ];
}

/** Headers that other members of the action set, each with the name of that member. */
const takenBy = ({ auth, sign }: ActionOf<'http'>): Map<string, string> =>
  new Map([
    ...(auth ? [['authorization', 'auth'] as const] : []),
    ...(sign ? SIGNATURE_HEADERS.map((name) => [name, 'sign'] as const) : []),
  ]);

function credentialFaults({ auth, tls, sign }: ActionOf<'http'>): Fault[] {
  const members = Object.entries({ auth, tls, sign }).flatMap(([name, member]) =>
    Object.entries(member ?? {}).map(([inner, text]) => [`/${name}/${inner}`, text as string] as const),
  );
  return members.flatMap(([pointer, text]) =>
    check(pointer, () => (pointer === '/auth/tokenUrl' ? new UrlTemplate(text) : parseTemplate(text))),
  );
}

const waitFaults = ({ heartbeatTimeoutMs, completion }: ActionOf<'http'>): Fault[] =>
  heartbeatTimeoutMs === undefined || completion === 'callback'
    ? []
    : [{ pointer: '/heartbeatTimeoutMs', detail: 'needs the completion "callback"' }];

function headerFaults(
  name: string,
  value: string,
  names: readonly string[],
  taken: ReadonlyMap<string, string>,
): Fault[] {
  const pointer = `/headers/${escapePointer(name)}`;
  const lower = name.toLowerCase();
  if (OWN_HEADERS.has(lower)) return [{ pointer, detail: 'is set by the connection and cannot be chosen' }];
  if (taken.has(lower)) return [{ pointer, detail: `is set by ${taken.get(lower)} and cannot be given beside it` }];
  if (names.find((other) => other.toLowerCase() === lower) !== name) return [{ pointer, detail: 'is given twice' }];
  if (!isHeaderValue(value)) return [{ pointer, detail: 'must hold no line breaks, control or non-Latin characters' }];
  return check(pointer, () => parseTemplate(value));
}

/** An event is stored, and other tasks see it: nothing confidential may enter it. */
function eventFaults({ data }: ActionOf<'event'>): Fault[] {
  return jsonFaults('/data', data, (text) => {
    for (const part of parseTemplate(text)) {
      if (typeof part === 'string' || !isConfidential(part)) continue;
      throw new TemplateSyntaxError(`"${part.source}" is confidential and cannot go into an event`);
    }
  });
}

function jsonFaults(pointer: string, value: Json | undefined, parse: (text: string) => unknown): Fault[] {
  if (typeof value === 'string') return value.includes('{{') ? check(pointer, () => parse(value)) : [];
  if (typeof value !== 'object' || value === null) return [];
  const names = Object.keys(value).filter((name) => mayHoldTemplates((value as Record<string, Json>)[name]!));
  return names.flatMap((name) =>
    jsonFaults(`${pointer}/${escapePointer(name)}`, (value as Record<string, Json>)[name], parse),
  );
}

const mayHoldTemplates = (value: Json): boolean =>
  typeof value === 'string' ? value.includes('{{') : typeof value === 'object' && value !== null;

/** How many templates begin in the texts of a value. */
function templatesIn(value: Json | undefined): number {
  if (typeof value === 'string') return beginningsIn(value);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + templatesIn(item), 0);
}

function beginningsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('{{'); at >= 0 && count <= MOST_TEMPLATES; at = text.indexOf('{{', at + 2)) count++;
  return count;
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
