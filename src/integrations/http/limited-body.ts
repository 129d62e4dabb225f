import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Json } from '../../domain/json.js';
import type { Redactor } from '../../secrets/redact.js';
import { answeredJson } from '../answered-json.js';
import { isBinary, textOf } from './body-text.js';
import { decoded, isUndecodable } from './content-decoding.js';

/** How many bytes of a response are read and kept; of a compressed one, after its decompression. */
export const BODY_LIMIT_BYTES = 65_536;
/** How many bytes of a body that is no text are read for its size and digest. */
export const BINARY_LIMIT_BYTES = 16_777_216;

/** The start of a body. */
export interface LimitedBody {
  text: string;
  /** Whether there was more, or the rest could not be decompressed. */
  truncated: boolean;
}

/** A body that is no text, with the bytes that were read of it; the digest is in hexadecimal digits. */
export interface BinaryBody {
  size: number;
  sha256: string;
  truncated: boolean;
}

export type AnsweredBody = LimitedBody | BinaryBody;

/** Reads at most `BODY_LIMIT_BYTES` of a body; drops the rest together with the connection. */
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

/**
 * Reads a body of a type and an encoding as the headers of the answer tell them: of text at most `BODY_LIMIT_BYTES`, of
 * anything else the size and the digest of at most `BINARY_LIMIT_BYTES`. Drops the rest together with the connection.
 */
export async function readAnswered(body: Readable, type: string, encoding: string): Promise<AnsweredBody> {
  const stream = decoded(body, encoding);
  const reading = new Reading((bytes) => stream === null || isBinary(bytes, type));
  try {
    for await (const chunk of (stream ?? body) as AsyncIterable<Buffer>) if (!reading.takes(chunk)) break;
  } catch (error) {
    if (!isUndecodable(error)) throw error;
    reading.truncated = true;
  } finally {
    body.destroy();
  }
  return reading.result(type);
}

/** What has been read of a body. */
class Reading {
  truncated = false;
  private beginning: Buffer[] = [];
  private size = 0;
  private hash: Hash | null = null;

  constructor(private readonly isNoText: (beginning: Buffer) => boolean) {}

  /** Takes a part of the body; returns whether more is wanted. */
  takes(chunk: Buffer): boolean {
    this.size += chunk.length;
    if (this.hash) this.hash.update(chunk);
    else this.beginning.push(chunk);
    if (!this.hash && this.size > BODY_LIMIT_BYTES) this.decide();
    this.truncated = this.size > (this.hash ? BINARY_LIMIT_BYTES : BODY_LIMIT_BYTES);
    return !this.truncated;
  }

  result(type: string): AnsweredBody {
    const { truncated } = this;
    if (!this.hash) this.decide();
    if (this.hash) return { size: this.size, sha256: this.hash.digest('hex'), truncated };
    return { text: textOf(Buffer.concat(this.beginning).subarray(0, BODY_LIMIT_BYTES), type), truncated };
  }

  /** Keeps only the digest of a body that is no text. */
  private decide(): void {
    const bytes = Buffer.concat(this.beginning);
    if (!this.isNoText(bytes.subarray(0, BODY_LIMIT_BYTES))) return;
    this.hash = createHash('sha256').update(bytes);
    this.beginning = [];
  }
}

/**
 * The body to store, without secrets: the parsed value if it is JSON that can be kept unchanged, otherwise the text;
 * null when it is empty. Of what is no text, the size and the digest.
 */
export function keptBody(body: AnsweredBody, contentType: string, redactor: Redactor): Json {
  if ('sha256' in body) return { size: body.size, sha256: body.sha256 };
  const { text, truncated } = body;
  if (truncated) return redactor.cutText(text);
  if (text === '') return null;
  const value = /[/+]json\b/i.test(contentType) ? answeredJson(text) : undefined;
  return value === undefined ? redactor.text(text) : redactor.json(value);
}
