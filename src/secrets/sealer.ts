import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.js';
import { TaskRunnerError } from '../domain/errors.js';
import { formerAction } from '../domain/http-action.js';
import type { TaskDefinition } from '../domain/task-definition.js';
import type { KeyRing, SealFault } from './key-ring.js';
import { openText, sealText, type Opener } from './sealed-text.js';

const VERSION = 'v2';
/** Version of values without a bound use; they open until they are sealed again. */
const UNBOUND = 'v1';

/** The identity of a secret; a sealed value opens only under the identity that it was sealed for. */
export interface SealContext {
  organization: string;
  taskId: string;
  name: string;
  /** The secret's use, from `useOf`. */
  use: string;
}

/** A sealed secret cannot be opened; the message names the secret and never any of its content. */
export class SealedSecretError extends TaskRunnerError {
  readonly code = 'sealed-secret';

  constructor(
    readonly secret: string,
    readonly fault: SealFault,
  ) {
    super(`The secret ${JSON.stringify(secret)} cannot be opened: ${fault}.`);
  }
}

/**
 * The plain text of a sealed value, which the error calls `name`; one that does not open is counted.
 * @throws SealedSecretError
 */
export function openSealed(ring: KeyRing, sealed: string, name: string, boundTo: Opener['boundTo']): string {
  const opened = openText(sealed, { keyOf: (id) => ring.get(id), boundTo });
  if ('plain' in opened) return opened.plain;
  ring.unopened[opened.fault]++;
  throw new SealedSecretError(name, opened.fault);
}

/** Seals the secrets of tasks, each for its owner and use. */
export class Sealer {
  constructor(private readonly ring: KeyRing) {}

  seal(plain: string, context: SealContext): string {
    return sealText(VERSION, this.ring.first, boundTo(VERSION, context), plain);
  }

  /** The plain text. Throws `SealedSecretError`. */
  open(sealed: string, context: SealContext): string {
    return openSealed(this.ring, sealed, context.name, (version) =>
      version === VERSION || version === UNBOUND ? boundTo(version, context) : null,
    );
  }
}

/** Whether the value is bound to its use and sealed under this key. */
export const isSealedUnder = (keyId: string, sealed: string): boolean => sealed.startsWith(`${VERSION}.${keyId}.`);

const boundTo = (version: string, { organization, taskId, name, use }: SealContext): string[] =>
  version === UNBOUND ? [organization, taskId, name] : [organization, taskId, name, use];

/**
 * The use that a task's secrets are sealed for: its action, and its parameters, which the action's templates can read.
 * Whoever changes one of these without the key, such as the called address, is left with secrets that do not open.
 */
export const useOf = ({ action, parameters }: Pick<TaskDefinition, 'action' | 'parameters'>): string =>
  createHash('sha256')
    .update(canonicalJson([formerAction(action), parameters]))
    .digest('base64url');

/** Whether the value is bound to its use. */
export const isBound = (sealed: string): boolean => sealed.startsWith(`${VERSION}.`);
