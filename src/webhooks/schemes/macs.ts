import { createHash, createHmac, createPublicKey, randomBytes, timingSafeEqual, verify } from 'node:crypto';

/** How many secrets of a source are accepted at a time. */
export const MOST_SECRETS = 3;
/** Signatures beyond this number in one request are not looked at. */
const MOST_SIGNATURES = 16;

export type HashName = 'sha256' | 'sha384' | 'sha512';

const DUMMY = randomBytes(32);
/** The DER prefix of an Ed25519 public key (RFC 8410). */
const ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** The text's SHA-256 in hexadecimal. */
export const digestOf = (...parts: readonly (Buffer | string)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** The parts' MAC. */
export function macOf(algorithm: HashName, key: Buffer | string, parts: readonly (Buffer | string)[]): Buffer {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** Compares signatures in constant time, with the same work whichever secret is right, and whether one is. */
export class Macs {
  /** How many codes were computed. */
  computed = 0;

  /** Whether one of the signatures is the code of the parts under one of the keys. */
  match(
    algorithm: HashName,
    keys: readonly (Buffer | string)[],
    signatures: readonly Buffer[],
    parts: readonly (Buffer | string)[],
  ): boolean {
    let found = false;
    for (let at = 0; at < MOST_SECRETS; at++) {
      const key = keys[at];
      const expected = macOf(algorithm, key ?? DUMMY, parts);
      this.computed++;
      for (const given of signatures.slice(0, MOST_SIGNATURES)) {
        const isEqual = given.length === expected.length && timingSafeEqual(given, expected);
        found ||= isEqual && key !== undefined;
      }
    }
    return found;
  }

  /** Whether one of the texts is the given one; the time does not depend on how much of it is right. */
  matchText(texts: readonly string[], given: string): boolean {
    const [mask, parts] = [randomBytes(32), [Buffer.from(given, 'utf8')]];
    const wanted = macOf('sha256', mask, parts);
    return texts
      .slice(0, MOST_SECRETS)
      .map((text) => timingSafeEqual(macOf('sha256', mask, [Buffer.from(text, 'utf8')]), wanted))
      .includes(true);
  }

  /** Whether one of the signatures was made with the private key of one of these Ed25519 public keys (32 bytes). */
  matchPublic(keys: readonly Buffer[], signatures: readonly Buffer[], parts: readonly (Buffer | string)[]): boolean {
    if (keys.length === 0) return false;
    const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const publicKeys = keys
      .slice(0, MOST_SECRETS)
      .map((key) => createPublicKey({ key: Buffer.concat([ED25519, key]), format: 'der', type: 'spki' }));
    return publicKeys.some((key) =>
      signatures.slice(0, MOST_SIGNATURES).some((signature) => verify(null, content, key, signature)),
    );
  }
}
