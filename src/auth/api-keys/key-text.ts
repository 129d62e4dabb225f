import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 48 random bits to find a key and 256 to prove it, in a form that scanners for leaked secrets recognise. */
const FORM = /^(trk_[0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/** A new key, and its start, by which it is found and recognised. */
export function newKeyText(): { text: string; prefix: string } {
  const prefix = `trk_${randomBytes(6).toString('hex')}`;
  return { text: `${prefix}_${randomBytes(32).toString('base64url')}`, prefix };
}

/** The prefix of a text in the form of a key; undefined for other texts. */
export const prefixOf = (text: string): string | undefined => FORM.exec(text)?.[1];

/** Whether a bearer token is meant to be an API key. */
export const looksLikeKey = (text: string): boolean => text.startsWith('trk_');

/** A key has 256 random bits: neither a salt nor a slow hash would make it harder to guess. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Whether the text is the key with this hash; the time does not depend on how much of the text is right. */
export const isKeyOf = (text: string, hash: string): boolean => {
  const [given, expected] = [Buffer.from(hashOf(text), 'hex'), Buffer.from(hash, 'hex')];
  return given.length === expected.length && timingSafeEqual(given, expected);
};
