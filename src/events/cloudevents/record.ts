import { InvalidInputError } from '../../domain/errors.js';
import { attributeFaults, eventOf } from './attributes.js';
import type { CloudEvent } from './cloud-event.js';
import { dataFrom } from './event-data.js';

const PREFIX = 'ce_';

/** Whether the headers of a record are those of an event in binary form. */
export const isBinaryRecord = (headers: Readonly<Record<string, string>>): boolean =>
  Object.hasOwn(headers, `${PREFIX}specversion`);

/** The event in the headers of a record, whose values are UTF-8, and its data in the value. @throws InvalidInputError */
export function recordEvent(headers: Readonly<Record<string, string>>, value: Buffer): CloudEvent {
  const named = Object.entries(headers).filter(([name]) => name.startsWith(PREFIX));
  const attributes = new Map<string, unknown>(named.map(([name, text]) => [name.slice(PREFIX.length), text]));
  const contentType = headers['content-type'];
  if (contentType !== undefined) attributes.set('datacontenttype', contentType);
  const read = dataFrom(value, contentType);
  const faults = attributeFaults(attributes, (name) => ({ parameter: `${PREFIX}${name}` }));
  const all = 'fault' in read ? [...faults, read.fault] : faults;
  if (all.length > 0 || 'fault' in read) throw new InvalidInputError(all);
  return eventOf(attributes, read.data);
}
