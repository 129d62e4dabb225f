import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.js';
import { TaskRunnerError } from '../domain/errors.js';
import type { TaskDefinition } from '../domain/task-definition.js';
import type { KeyRing } from './key-ring.js';

const VERSION = 'v2';
/** Values that were bound to no use; they open until they are sealed anew. */
const UNBOUND = 'v1';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Whose secret it is; a sealed value opens only under the identity that it was sealed for. */
export interface SealContext {
  organization: string;
  taskId: string;
  name: string;
  /** What it may be used for, as `useOf` tells it. */
  use: string;
}

/** `malformed`: not of our form. `unknown-key`: its key is not in the ring. `not-authentic`: changed, or sealed for another. */
export type SealFault = 'malformed' | 'unknown-key' | 'not-authentic';

/** A sealed secret cannot be opened; the message names the secret and never a part of its content. */
export class SealedSecretError extends TaskRunnerError {
  readonly code = 'sealed-secret';

  constructor(
    readonly secret: string,
    readonly fault: SealFault,
  ) {
    super(`The secret ${JSON.stringify(secret)} cannot be opened: ${fault}.`);
  }
}

/** Seals short texts with AES-256-GCM as `v2.<key id>.<iv>.<ciphertext and tag>`, the last two in base64url. */
export class Sealer {
  constructor(private readonly ring: KeyRing) {}

  seal(plain: string, context: SealContext): string {
    const { id, key } = this.ring.first;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(boundTo(VERSION, id, context));
    const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return [VERSION, id, iv.toString('base64url'), sealed.toString('base64url')].join('.');
  }

  /** The plain text. Throws `SealedSecretError`. */
  open(sealed: string, context: SealContext): string {
    const [version, keyId = '', iv, body, ...rest] = sealed.split('.');
    const [nonce, bytes] = [decode(iv), decode(body)];
    const shaped = (version === VERSION || version === UNBOUND) && rest.length === 0 && nonce?.length === IV_BYTES;
    if (!shaped || !bytes || bytes.length < TAG_BYTES) throw new SealedSecretError(context.name, 'malformed');
    const key = this.ring.get(keyId);
    if (!key) throw new SealedSecretError(context.name, 'unknown-key');
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(boundTo(version, keyId, context))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      throw new SealedSecretError(context.name, 'not-authentic');
    }
  }
}

/** Tells whether the value is bound to its use, and names this key as the one that it is sealed under. */
export const isSealedUnder = (keyId: string, sealed: string): boolean => sealed.startsWith(`${VERSION}.${keyId}.`);

/** The additional authenticated data; as JSON, so that no two contexts read alike. */
function boundTo(version: string, keyId: string, { organization, taskId, name, use }: SealContext): Buffer {
  const owner = [version, keyId, organization, taskId, name];
  return Buffer.from(JSON.stringify(version === UNBOUND ? owner : [...owner, use]), 'utf8');
}

/**
 * The use that a task's secrets are sealed for: its action and what the action's templates take from the task itself. Whoever
 * changes one of them without the key, such as the address that is called, is left with secrets that do not open.
 */
export const useOf = ({ action, parameters }: Pick<TaskDefinition, 'action' | 'parameters'>): string =>
  createHash('sha256')
    .update(canonicalJson([action, parameters]))
    .digest('base64url');

/** Tells whether the value is bound to its use. */
export const isBound = (sealed: string): boolean => sealed.startsWith(`${VERSION}.`);

/** Reads base64url in its one canonical form; Node's own decoder passes over what it does not understand. */
function decode(text = ''): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
