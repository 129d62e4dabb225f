import { isUtf8 } from 'node:buffer';
import { InvalidInputError } from '../../domain/errors.js';
import type { Json } from '../../domain/json.js';
import { JsonTextError, parseJson } from '../../domain/json-text.js';
import { binaryEvent } from './binary.js';
import type { CloudEvent } from './cloud-event.js';
import { batchOf, structuredEvent } from './structured.js';

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

/**
 * The events of a request in one of the modes of HTTP: structured, a batch, or else binary. Null where it is in a form
 * that is not known here. @throws InvalidInputError
 */
export function readCloudEvents(
  rawHeaders: readonly string[],
  contentType: string | undefined,
  body: Buffer,
): CloudEvent[] | null {
  const type = contentType?.split(';', 1)[0]!.trim().toLowerCase() ?? '';
  if (type === STRUCTURED) return [structuredEvent(jsonOf(body))];
  if (type === BATCH) return batchOf(jsonOf(body));
  // Another encoding of a whole event, which is not known here.
  if (type.startsWith('application/cloudevents')) return null;
  return [binaryEvent(rawHeaders, contentType, body)];
}

function jsonOf(body: Buffer): Json {
  if (!isUtf8(body)) throw new InvalidInputError([{ pointer: '', detail: 'is not valid UTF-8' }]);
  try {
    return parseJson(body.toString('utf8')) as Json;
  } catch (error) {
    throw error instanceof JsonTextError ? new InvalidInputError([error.fault]) : error;
  }
}
