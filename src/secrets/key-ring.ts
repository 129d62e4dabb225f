import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { SettingsError } from '../domain/errors.js';

/** The length of every key in bytes (AES-256). */
export const KEY_BYTES = 32;

const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** A key and its name, which sealed values carry. */
export interface NamedKey {
  id: string;
  key: KeyObject;
}

/**
 * Why a sealed value does not open. `malformed`: not in our format. `unknown-key`: the ring lacks the key.
 * `not-authentic`: changed, or sealed for another use.
 */
export type SealFault = 'malformed' | 'unknown-key' | 'not-authentic';

/** The keys that seal secrets: the first key seals, every key opens. Prints no key material. */
export class KeyRing {
  private readonly byId: ReadonlyMap<string, KeyObject>;
  /** How often sealed values did not open with these keys, by why. */
  readonly unopened: Record<SealFault, number> = { malformed: 0, 'unknown-key': 0, 'not-authentic': 0 };

  private constructor(private readonly keys: readonly [NamedKey, ...NamedKey[]]) {
    this.byId = new Map(keys.map(({ id, key }) => [id, key]));
  }

  /**
   * Parses `id:base64,id2:base64`. Throws a `SettingsError` that gives the position of the fault and never part of the
   * text: if id and key were swapped, it would reveal the key.
   */
  static parse(text: string): KeyRing {
    return KeyRing.of(text.split(',').map((entry, index) => parseEntry(entry.trim(), index + 1)));
  }

  /** A ring with a single key of 32 bytes. */
  static single(id: string, key: Buffer): KeyRing {
    return KeyRing.parse(`${id}:${key.toString('base64')}`);
  }

  private static of([first, ...others]: readonly NamedKey[]): KeyRing {
    if (!first) throw new SettingsError('ENCRYPTION_KEYS: expected at least one key as "id:base64".');
    const ring = new KeyRing([first, ...others]);
    if (ring.byId.size !== ring.keys.length) throw new SettingsError('ENCRYPTION_KEYS: two keys have the same id.');
    return ring;
  }

  /** The key that seals. */
  get first(): NamedKey {
    return this.keys[0];
  }

  /** Every key, the sealing one first. */
  get all(): readonly NamedKey[] {
    return this.keys;
  }

  /** Derives keys for one purpose, by the ids of the original keys; the first key's comes first. */
  derived(purpose: string): ReadonlyMap<string, KeyObject> {
    return new Map(
      this.keys.map(({ id, key }) => [
        id,
        createSecretKey(Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), purpose, KEY_BYTES))),
      ]),
    );
  }

  /** The key with this id, if the ring has it. */
  get(id: string): KeyObject | undefined {
    return this.byId.get(id);
  }
}

function parseEntry(entry: string, position: number): NamedKey {
  const [, id = '', encoded = ''] = /^([^:]*):(.*)$/s.exec(entry) ?? [];
  if (!KEY_ID.test(id)) throw fault(position, 'expected "id:base64" with an id of letters, digits, "_" or "-"');
  const bytes = Buffer.from(encoded, 'base64');
  if (!BASE64.test(encoded) || bytes.length !== KEY_BYTES)
    throw fault(position, `expected ${KEY_BYTES} bytes in base64`);
  return { id, key: createSecretKey(bytes) };
}

const fault = (position: number, expected: string): SettingsError =>
  new SettingsError(`ENCRYPTION_KEYS: key ${position}: ${expected}.`);
