import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 48 random bits to find a key by and 256 to prove it, marked so that scanners of leaked secrets recognise it. */
const FORM = /^(trk_[0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/** A new key, and the beginning by which it is found and recognised. */
export function newKeyText(): { text: string; prefix: string } {
  const prefix = `trk_${randomBytes(6).toString('hex')}`;
  return { text: `${prefix}_${randomBytes(32).toString('base64url')}`, prefix };
}

/** The prefix of a text that has the form of a key; undefined for any other. */
export const prefixOf = (text: string): string | undefined => FORM.exec(text)?.[1];

/** Whether a bearer token means to be an API key. */
export const looksLikeKey = (text: string): boolean => text.startsWith('trk_');

/** A key has 256 random bits, which no salt and no slow hash could make harder to guess. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Tells whether the text is the key of this hash, in a time that does not depend on how much of it is right. */
export const isKeyOf = (text: string, hash: string): boolean => {
  const [given, expected] = [Buffer.from(hashOf(text), 'hex'), Buffer.from(hash, 'hex')];
  return given.length === expected.length && timingSafeEqual(given, expected);
};
