/** One thing that is wrong with an input, with a JSON pointer (RFC 6901) into the body or the parameter's name. */
export interface Fault {
  pointer?: string;
  parameter?: string;
  detail: string;
}

/** The base of every error that a caller can do something about; `code` is stable across versions. */
export abstract class TaskRunnerError extends Error {
  abstract readonly code: string;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The input was understood but is not acceptable; nothing was stored. */
export class InvalidInputError extends TaskRunnerError {
  readonly code = 'invalid-input';
  /** The first of them, where there are many. */
  readonly faults: Fault[];

  constructor(faults: readonly Fault[]) {
    const told = firstOf(faults);
    super(told.map((fault) => `${fault.pointer ?? fault.parameter ?? ''}: ${fault.detail}`).join('; '));
    this.faults = told;
  }
}

/** An answer must not be many times as large as what it answers. */
const MOST_FAULTS = 20;
const MOST_TEXT = 65_536;

/** The faults that fit into an answer, at least one, and the number of the others. */
function firstOf(faults: readonly Fault[]): Fault[] {
  let size = 0;
  const end = faults.findIndex(({ pointer = '', detail }, index) => {
    size += pointer.length + detail.length;
    return index > 0 && (index === MOST_FAULTS || size > MOST_TEXT);
  });
  if (end === -1) return [...faults];
  const others = {
    ...(faults[0]!.pointer !== undefined && { pointer: '' }),
    detail: `has ${faults.length - end} more faults`,
  };
  return [...faults.slice(0, end), others];
}

/** The object does not exist in the caller's organization. */
export class NotFoundError extends TaskRunnerError {
  readonly code = 'not-found';

  constructor(
    readonly kind: 'task' | 'run' | 'event' | 'API key',
    readonly id: string,
  ) {
    super(`There is no ${kind} with the id ${JSON.stringify(id)}.`);
  }
}

/** The object has not the version that the caller means (`If-Match`), or has one that the caller excludes (`If-None-Match`). */
export class VersionMismatchError extends TaskRunnerError {
  readonly code = 'version-mismatch';

  constructor(
    readonly id: string,
    /** Null where any but the actual one was expected. */
    readonly expected: string | null,
    readonly actual: string,
  ) {
    super(
      expected === null
        ? `The version is ${actual}, which If-None-Match excludes.`
        : `The version is ${actual}, not ${expected === '' ? 'one of those asked for' : expected}; read it again and repeat the change.`,
    );
  }
}

/** The organization has as much of something as it may have; nothing was stored. */
export class QuotaExceededError extends TaskRunnerError {
  readonly code = 'quota-exceeded';
}

/** The body is larger than the organization may send. */
export class PayloadTooLargeError extends TaskRunnerError {
  readonly code = 'body-too-large';

  constructor(limit: number) {
    super(`The body is larger than the organization's quota of ${limit} bytes.`);
  }
}

/** The object's state does not allow what was asked for. */
export class StateConflictError extends TaskRunnerError {
  readonly code = 'state-conflict';
}

/** An idempotency key was used again for a different request. */
export class IdempotencyKeyReusedError extends TaskRunnerError {
  readonly code = 'idempotency-key-reused';

  constructor(readonly key: string) {
    super('This idempotency key was already used for a different request body.');
  }
}

/** The same request, under the same idempotency key, is still being worked on. */
export class RequestInProgressError extends TaskRunnerError {
  readonly code = 'request-in-progress';

  constructor(readonly key: string) {
    super('A request with this idempotency key is still being worked on.');
  }
}

/** So many answers are being made, or wait for readers who do not read them, that there is no memory for another one. */
export class OverloadedError extends TaskRunnerError {
  readonly code = 'overloaded';

  constructor() {
    super('Too many answers are being made or sent at the moment; try again in a moment.');
  }
}

/** A setting is missing or unusable; the message names the key and what was expected, never a secret's value. */
export class SettingsError extends TaskRunnerError {
  readonly code = 'invalid-settings';
}

/** The store cannot be reached or refuses to work; the message never holds credentials. */
export class StoreUnavailableError extends TaskRunnerError {
  readonly code = 'store-unavailable';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A question to the store took longer than readers may take; nothing was changed. */
export class TooBroadError extends TaskRunnerError {
  readonly code = 'too-broad';

  constructor(options?: ErrorOptions) {
    super('This takes longer than a reader may take; narrow it, by a task or by a shorter time.', options);
  }
}
