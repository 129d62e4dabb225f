import type { Readable } from 'node:stream';
import type { Json } from '../../domain/json.js';
import type { Redactor } from '../../secrets/redact.js';
import { answeredJson } from '../answered-json.js';

/** How much of a response is read and kept. */
export const BODY_LIMIT_BYTES = 65_536;

/** The beginning of a body. */
export interface LimitedBody {
  text: string;
  /** Whether there was more. */
  truncated: boolean;
}

/** Reads at most `BODY_LIMIT_BYTES` of a body and gives up the rest together with its connection. */
export async function readLimited(body: Readable): Promise<LimitedBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) break;
  }
  const bytes = Buffer.concat(chunks).subarray(0, BODY_LIMIT_BYTES);
  return { text: new TextDecoder().decode(bytes), truncated: size > BODY_LIMIT_BYTES };
}

/** The body as it may be kept, without secrets: parsed where it is JSON that can be kept as it is, else its text; null when it is empty. */
export function keptBody({ text, truncated }: LimitedBody, contentType: string, redactor: Redactor): Json {
  if (truncated) return redactor.cutText(text);
  if (text === '') return null;
  const value = /[/+]json\b/i.test(contentType) ? answeredJson(text) : undefined;
  return value === undefined ? redactor.text(text) : redactor.json(value);
}
