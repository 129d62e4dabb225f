import { mongo, MongooseError } from 'mongoose';
import { StoreUnavailableError, TooBroadError } from '../../domain/errors.js';

const DUPLICATE_KEY = 11_000;
const WRITE_CONFLICT = 112;
const TIME_EXPIRED = 50;
const TRIES = 3;

/** The driver wraps the errors of a bulk write, including network errors. */
function rootOf(error: unknown): unknown {
  const wrapped: unknown = error instanceof mongo.MongoBulkWriteError ? error.errorResponse : undefined;
  return wrapped instanceof Error ? wrapped : error;
}

function writeErrorsOf(error: unknown): mongo.WriteError[] {
  return error instanceof mongo.MongoBulkWriteError ? [error.writeErrors].flat() : [];
}

const hasCode = (error: unknown, code: number): boolean =>
  (error instanceof mongo.MongoServerError && error.code === code) ||
  writeErrorsOf(error).some((writeError) => writeError.code === code);

/** Whether an upsert was refused because another one was faster; servers have more than one code for that. */
export const isCollision = (error: unknown): boolean =>
  writeErrorsOf(error).length > 0 || hasCode(error, DUPLICATE_KEY);

/** The positions of documents in an unordered insert that existed already; throws `error` for any other failure. */
export function duplicatesIn(error: unknown): number[] {
  const refused = writeErrorsOf(error);
  const onlyDuplicates = refused.length > 0 && refused.every(({ code }) => code === DUPLICATE_KEY);
  if (!onlyDuplicates || (error as mongo.MongoBulkWriteError).result.getWriteConcernError()) throw error;
  return refused.map(({ index }) => index);
}

/**
 * Whether the same write may succeed if repeated at once: the connection broke, the primary changed, or writes
 * conflicted.
 */
function isTransient(error: unknown): boolean {
  const root = rootOf(error);
  return (
    root instanceof mongo.MongoNetworkError ||
    (root instanceof mongo.MongoError && root.hasErrorLabel('RetryableWriteError')) ||
    hasCode(error, WRITE_CONFLICT)
  );
}

/** Whether the server answered that it does not do this, and not that it cannot do it now. */
export const isRefused = (error: unknown): boolean => {
  const root = rootOf(error);
  return root instanceof mongo.MongoServerError && !isTransient(error) && root.errorLabels.length === 0;
};

/** Tries an idempotent write up to three times while its failure is transient. */
export async function again<Result>(
  write: () => Promise<Result>,
  alsoOn: (error: unknown) => boolean = () => false,
): Promise<Result> {
  for (let tried = 1; ; tried++) {
    try {
      return await write();
    } catch (error) {
      if (tried === TRIES || !(isTransient(error) || alsoOn(error))) throw error;
    }
  }
}

/** Why the driver failed, in words without the connection string. */
export function reasonOf(error: unknown): string {
  const root = rootOf(error);
  if (root instanceof mongo.MongoParseError) return 'its connection string cannot be read';
  const message = root instanceof Error ? root.message : String(root);
  return message.includes('://') ? (root as Error).name : message;
}

export const unavailable = (hosts: string, reason: string, options?: ErrorOptions): StoreUnavailableError =>
  new StoreUnavailableError(`${hosts} cannot be used: ${reason}`, options);

function translated(error: unknown, hosts: string): unknown {
  const isStores = error instanceof mongo.MongoError || error instanceof MongooseError;
  // An argument that the driver refuses, such as a document of more than 16 MB, says nothing about the server.
  if (!isStores || error instanceof mongo.MongoInvalidArgumentError) return error;
  if (hasCode(error, TIME_EXPIRED)) return new TooBroadError({ cause: error });
  return unavailable(hosts, reasonOf(error), { cause: error });
}

/**
 * The same object; its methods reject with a `StoreUnavailableError` instead of the driver's own error, and with what
 * `demandOpen` throws before they begin.
 */
export function guarded<Store extends object>(store: Store, hosts: string, demandOpen?: () => void): Store {
  return new Proxy(store, {
    get(target, name, receiver): unknown {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function' || name in Object.prototype) return member;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          demandOpen?.();
          return (await Reflect.apply(member, target, args)) as unknown;
        } catch (error) {
          throw translated(error, hosts);
        }
      };
    },
  });
}
