/** One fault in an input, with a JSON pointer (RFC 6901) into the body or the parameter's name. */
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

/** The input is readable but not acceptable; nothing was stored. */
export class InvalidInputError extends TaskRunnerError {
  readonly code = 'invalid-input';
  /** Only the first faults, when there are many. */
  readonly faults: Fault[];

  constructor(faults: readonly Fault[]) {
    const told = firstOf(faults);
    super(told.map(sentenceOf).join('; '));
    this.faults = told;
  }
}

/** A fault of the whole has no place that could be named. */
function sentenceOf({ pointer, parameter, detail }: Fault): string {
  const place = pointer || parameter;
  return place ? `${place}: ${detail}` : `it ${detail}`;
}

/** How many faults are looked for in one input; whoever has mended these hears of the next ones. */
export const MOST_FOUND = 100;
/** Keeps an answer from being many times as large as its request. */
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
    detail: `has ${faults.length < MOST_FOUND ? '' : 'at least '}${faults.length - end} more faults`,
  };
  return [...faults.slice(0, end), others];
}

/** The object does not exist in the caller's organization. */
export class NotFoundError extends TaskRunnerError {
  readonly code = 'not-found';

  constructor(
    readonly kind:
      | 'task'
      | 'run'
      | 'event'
      | 'API key'
      | 'audit entry'
      | 'calendar'
      | 'webhook source'
      | 'dead letter'
      | 'delivery'
      | 'secret'
      | 'skip'
      | 'version'
      | 'notification channel'
      | 'notification rule'
      | 'notification delivery'
      | 'report schedule',
    readonly id: string,
  ) {
    super(`There is no ${kind} with the id ${JSON.stringify(id)}.`);
  }
}

/**
 * The object does not have the version that the caller demands (`If-Match`), or has one that it excludes
 * (`If-None-Match`).
 */
export class VersionMismatchError extends TaskRunnerError {
  readonly code = 'version-mismatch';

  constructor(
    readonly id: string,
    /** Null when every version but the actual one was acceptable. */
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

/** The organization already has as much of something as it may have; nothing was stored. */
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

/** The object's state does not allow the request. */
export class StateConflictError extends TaskRunnerError {
  readonly code = 'state-conflict';
}

/** An idempotency key was used again for a different request. */
export class IdempotencyKeyReusedError extends TaskRunnerError {
  readonly code = 'idempotency-key-reused';

  constructor(
    readonly key: string,
    message = 'This idempotency key was already used for a different request body.',
  ) {
    super(message);
  }
}

/** A request with the same idempotency key is still in progress. */
export class RequestInProgressError extends TaskRunnerError {
  readonly code = 'request-in-progress';

  constructor(readonly key: string) {
    super('A request with this idempotency key is still under way.');
  }
}

/**
 * More requests arrive than can be handled: answers under way, or waiting for slow readers, take up all memory for
 * answers; or too many requests change the same object.
 */
export class OverloadedError extends TaskRunnerError {
  readonly code = 'overloaded';

  constructor(message = 'The service is sending too many answers at the moment; try again soon.') {
    super(message);
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

/** The store refuses this program as a whole, such as for want of a right: that does not pass by waiting. */
export class StoreRefusedError extends StoreUnavailableError {}

/** The store works, and refuses one record for good; the others of the same write are not to blame. */
export class RecordRefusedError extends TaskRunnerError {
  readonly code = 'record-refused';

  constructor(store: string, reason: string, options?: ErrorOptions) {
    super(`${store} refuses a record: ${reason}`, options);
  }
}

/** A query took longer than readers may take; nothing was changed. */
export class TooBroadError extends TaskRunnerError {
  readonly code = 'too-broad';

  constructor(options?: ErrorOptions) {
    super('The query takes too long; narrow it to one task or to a shorter time.', options);
  }
}
