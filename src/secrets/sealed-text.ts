import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import type { NamedKey, SealFault } from './key-ring.js';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** How to open a sealed text. */
export interface Opener {
  /** The key with this id, if there is one. */
  keyOf: (id: string) => KeyObject | undefined;
  /** What a text of this version is bound to; null for an unknown version. */
  boundTo: (version: string) => readonly string[] | null;
}

/**
 * Seals a text with AES-256-GCM as `<version>.<key id>.<iv>.<ciphertext and tag>`, the last two in base64url. Opening
 * it requires the same `bound` values.
 */
export function sealText(version: string, { id, key }: NamedKey, bound: readonly string[], plain: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(
    authenticated(version, id, bound),
  );
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return [version, id, iv.toString('base64url'), sealed.toString('base64url')].join('.');
}

/** The id of the key that a text is sealed with, as the text says it; '' where it is no sealed text. What a store holds may be anything. */
export const keyIdOf = (sealed: string): string => String(sealed).split('.')[1] ?? '';

/** The plain text, or why it cannot be opened. */
export function openText(sealed: string, { keyOf, boundTo }: Opener): { plain: string } | { fault: SealFault } {
  // What a store holds may be anything.
  const [version = '', keyId = '', iv, body, ...rest] = String(sealed).split('.');
  const [nonce, bytes, bound] = [decode(iv), decode(body), boundTo(version)];
  if (!bound || rest.length > 0 || nonce?.length !== IV_BYTES || !bytes || bytes.length < TAG_BYTES)
    return { fault: 'malformed' };
  const key = keyOf(keyId);
  if (!key) return { fault: 'unknown-key' };
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(authenticated(version, keyId, bound))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
    return { plain: plain.toString('utf8') };
  } catch {
    return { fault: 'not-authentic' };
  }
}

/** The additional authenticated data; in JSON, so that no two uses have the same bytes. */
const authenticated = (version: string, keyId: string, bound: readonly string[]): Buffer =>
  Buffer.from(JSON.stringify([version, keyId, ...bound]), 'utf8');

/** Decodes base64url in its one canonical form; Node's own decoder skips invalid characters. */
function decode(text = ''): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
