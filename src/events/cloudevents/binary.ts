import { InvalidInputError, type Fault } from '../../domain/errors.js';
import { attributeFaults, eventOf } from './attributes.js';
import type { CloudEvent } from './cloud-event.js';
import { dataFrom } from './event-data.js';

const PREFIX = 'ce-';
const parameterOf = (name: string) => ({ parameter: `${PREFIX}${name}` });

/** The attributes of an event in the names and values of raw headers, and its data in the body. @throws InvalidInputError */
export function binaryEvent(rawHeaders: readonly string[], contentType: string | undefined, body: Buffer): CloudEvent {
  const attributes = new Map<string, unknown>();
  const faults: Fault[] = [];
  for (const [name, value] of attributesIn(rawHeaders)) {
    const text = decoded(value);
    if (attributes.has(name)) faults.push({ ...parameterOf(name), detail: 'is there twice' });
    else if (name === 'datacontenttype') faults.push({ ...parameterOf(name), detail: 'is told by Content-Type' });
    else if (text === null) faults.push({ ...parameterOf(name), detail: 'is not percent-encoded UTF-8' });
    attributes.set(name, text ?? 'x');
  }
  attributes.delete('datacontenttype');
  if (contentType !== undefined) attributes.set('datacontenttype', contentType);
  const read = dataFrom(body, contentType);
  const ofData = 'fault' in read ? [read.fault] : [];
  const all = [...faults, ...attributeFaults(attributes, parameterOf), ...ofData];
  if (all.length > 0 || 'fault' in read) throw new InvalidInputError(all);
  return eventOf(attributes, read.data);
}

function attributesIn(rawHeaders: readonly string[]): [name: string, value: string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (name.startsWith(PREFIX)) found.push([name.slice(PREFIX.length), rawHeaders[at + 1]!]);
  }
  return found;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a header value: without its quotes, and with its encoded bytes as UTF-8; null where it is none. */
function decoded(value: string): string | null {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1];
  const plain = quoted === undefined ? value : quoted.replace(/\\(.)/gs, '$1');
  if (!/^[\x20-\x7e]*$/.test(plain) || /%(?![0-9A-Fa-f]{2})/.test(plain)) return null;
  const bytes = plain.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  try {
    return strict.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return null;
  }
}
