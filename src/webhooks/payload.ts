import { InvalidInputError } from '../domain/errors.js';
import type { Json } from '../domain/json.js';
import { jsonFault } from '../domain/json-value.js';
import { JsonTextError, parseJson } from '../domain/json-text.js';
import { isUtf8 } from 'node:buffer';

const FORM = 'application/x-www-form-urlencoded';
const MOST_FIELDS = 1000;

const malformed = (detail: string, pointer = '') => new InvalidInputError([{ pointer, detail }]);

/**
 * What a body holds: JSON, whatever its type says; of a form, the JSON in its field `payload`, or its fields.
 * @throws InvalidInputError
 */
export function payloadOf(body: Buffer, contentType: string | undefined): Json {
  if (body.length === 0) throw malformed('must not be empty');
  if (!isUtf8(body)) throw malformed('is not valid UTF-8');
  const text = body.toString('utf8');
  return contentType?.split(';', 1)[0]!.trim().toLowerCase() === FORM ? formIn(text) : jsonIn(text);
}

function jsonIn(text: string): Json {
  try {
    return parseJson(text) as Json;
  } catch (error) {
    throw error instanceof JsonTextError ? new InvalidInputError([error.fault]) : error;
  }
}

function formIn(text: string): Json {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) throw malformed('has a field twice');
    if (fields.size >= MOST_FIELDS) throw malformed(`has more than ${MOST_FIELDS} fields`);
    fields.set(name, value);
  }
  const payload = fields.get('payload');
  if (payload !== undefined) return jsonIn(payload);
  const value: Json = Object.fromEntries(fields);
  const fault = jsonFault(value);
  if (fault) throw new InvalidInputError([fault]);
  return value;
}
