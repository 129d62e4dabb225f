import type { Readable } from 'node:stream';
import type { JSONWebKeySet } from 'jose';
import { request } from 'undici';
import { z } from 'zod';

const LONGEST_MS = 5000;
const LARGEST_BYTES = 262_144;
const MOST_KEYS = 100;

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(MOST_KEYS) });

/**
 * The JSON Web Key Set at the address. Rejects, without naming the address, unless it arrives completely within five
 * seconds.
 */
export async function fetchKeySet(url: string): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(LONGEST_MS);
  // Redirects are not followed: the setting names the location of the keys.
  const { statusCode, body } = await request(url, { headers: { accept: 'application/json' }, signal });
  const text = await readWhole(body);
  if (statusCode !== 200) throw new Error(`the answer is ${statusCode}`);
  return keySetFrom(text);
}

async function readWhole(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BYTES) throw new Error(`the answer is larger than ${LARGEST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function keySetFrom(text: string): JSONWebKeySet {
  try {
    return keySetSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error('the answer is not a JSON Web Key Set', { cause: error });
  }
}
