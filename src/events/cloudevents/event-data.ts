import { isUtf8 } from 'node:buffer';
import type { Fault } from '../../domain/errors.js';
import type { Json } from '../../domain/json.js';
import { JsonTextError, parseJson } from '../../domain/json-text.js';

const JSON_TYPE = /^(?:application|text)\/(?:json|[^;\s]+\+json)\s*(?:;|$)/i;
const TEXT_TYPE = /^text\/|^application\/(?:xml|[^;\s]+\+xml)\s*(?:;|$)/i;

/** The data in bytes of this media type: a value of JSON, a text, or for other bytes their base64. */
export function dataFrom(bytes: Buffer, type = 'application/json'): { data: Json } | { fault: Fault } {
  if (bytes.length === 0) return { data: null };
  if (JSON_TYPE.test(type)) return jsonFrom(bytes);
  return { data: TEXT_TYPE.test(type) && isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('base64') };
}

function jsonFrom(bytes: Buffer): { data: Json } | { fault: Fault } {
  if (!isUtf8(bytes)) return { fault: { pointer: '', detail: 'is not valid UTF-8' } };
  try {
    return { data: parseJson(bytes.toString('utf8')) as Json };
  } catch (error) {
    if (error instanceof JsonTextError) return { fault: error.fault };
    throw error;
  }
}

/** The bytes of a text in base64; null for any other text. */
export function bytesIn(text: unknown): Buffer | null {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  return Buffer.from(text, 'base64');
}
