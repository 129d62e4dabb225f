import { mongo, MongooseError } from 'mongoose';
import type { Clock } from '../../clock/clock.js';
import { SystemClock } from '../../clock/system-clock.js';
import { RecordRefusedError, StoreRefusedError, StoreUnavailableError, TooBroadError } from '../../domain/errors.js';

const DUPLICATE_KEY = 11_000;
/** What DocumentDB answers in its place where two upserts by `$$NOW` meet. */
const MET_UPSERT = 50_331_677;
const WRITE_CONFLICT = 112;
const TIME_EXPIRED = 50;
/** Too few members have confirmed a write in time; it is made. */
const UNCONFIRMED = 64;
const UNAUTHORIZED = 13;
/** A document breaks a rule of its collection, or is too large after an update. */
const REFUSED_RECORD = [121, 17_419];

/** What servers answer while a member is away, ends, or is the primary no more. */
const FAILOVER = [6, 7, 89, 91, 189, 262, 9001, 10_107, 11_600, 11_602, 13_435, 13_436];

/** How long is waited before each further try. An election takes longer: while there is no primary, the driver waits. */
const PAUSES_MS = [50, 250, 1000];
const COLLISIONS = 2;
const SYSTEM = new SystemClock();

/** The driver wraps the errors of a bulk write, including network errors. */
function rootOf(error: unknown): unknown {
  const wrapped: unknown = error instanceof mongo.MongoBulkWriteError ? error.errorResponse : undefined;
  return wrapped instanceof Error ? wrapped : error;
}

function writeErrorsOf(error: unknown): mongo.WriteError[] {
  return error instanceof mongo.MongoBulkWriteError ? [error.writeErrors].flat() : [];
}

/** The codes of a server's answer: of each statement that failed in a bulk write, and of the write concern. */
function codesOf(error: unknown): unknown[] {
  const own = error instanceof mongo.MongoServerError ? [error.code] : [];
  const concern = error instanceof mongo.MongoBulkWriteError ? [error.result.getWriteConcernError()?.code] : [];
  return [...own, ...writeErrorsOf(error).map(({ code }) => code), ...concern].filter((code) => code !== undefined);
}

const hasCode = (error: unknown, ...codes: number[]): boolean =>
  codesOf(error).some((code) => codes.includes(code as number));

/** Whether an upsert was refused because another one was faster, and for nothing else. */
export const isCollision = (error: unknown): boolean => {
  const codes = codesOf(error);
  return codes.length > 0 && codes.every((code) => code === DUPLICATE_KEY || code === MET_UPSERT);
};

/** The positions of documents in an unordered insert that existed already; throws `error` for any other failure. */
export function duplicatesIn(error: unknown): number[] {
  const refused = writeErrorsOf(error);
  const onlyDuplicates = refused.length > 0 && refused.every(({ code }) => code === DUPLICATE_KEY);
  if (!onlyDuplicates || (error as mongo.MongoBulkWriteError).result.getWriteConcernError()) throw error;
  return refused.map(({ index }) => index);
}

/**
 * Whether the same statement may succeed if repeated: the connection broke, the primary changed, or writes conflicted.
 */
function isTransient(error: unknown): boolean {
  const root = rootOf(error);
  return (
    root instanceof mongo.MongoNetworkError ||
    (root instanceof mongo.MongoError && root.hasErrorLabel('RetryableWriteError')) ||
    hasCode(error, WRITE_CONFLICT, ...FAILOVER)
  );
}

/** Whether the server answered that it does not do this, and not that it cannot do it now. */
export const isRefused = (error: unknown): boolean => {
  const root = rootOf(error);
  const isForNow = isTransient(error) || hasCode(error, UNCONFIRMED);
  return root instanceof mongo.MongoServerError && !isForNow && root.errorLabels.length === 0;
};

/**
 * Tries an idempotent statement again, a little later each time, while its failure is transient; at once, and up to
 * twice, where it is `alsoOn` that failure.
 */
export async function again<Result>(
  statement: () => Promise<Result>,
  alsoOn: (error: unknown) => boolean = () => false,
  clock: Clock = SYSTEM,
): Promise<Result> {
  for (let paused = 0, collided = 0; ;) {
    try {
      return await statement();
    } catch (error) {
      if (collided < COLLISIONS && alsoOn(error)) {
        collided++;
        continue;
      }
      if (paused === PAUSES_MS.length || !isTransient(error)) throw error;
      await clock.sleep(PAUSES_MS[paused++]!);
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

export const unavailable = (
  hosts: string,
  reason: string,
  options?: ErrorOptions,
  Kind = StoreUnavailableError,
): StoreUnavailableError => new Kind(`${hosts} cannot be used: ${reason}`, options);

function translated(error: unknown, hosts: string): unknown {
  const isStores = error instanceof mongo.MongoError || error instanceof MongooseError;
  // An argument that the driver refuses, such as a document of more than 16 MB, says nothing about the server.
  if (!isStores || error instanceof mongo.MongoInvalidArgumentError) return error;
  if (hasCode(error, TIME_EXPIRED)) return new TooBroadError({ cause: error });
  if (hasCode(error, ...REFUSED_RECORD)) return new RecordRefusedError(hosts, reasonOf(error), { cause: error });
  const Kind = hasCode(error, UNAUTHORIZED) ? StoreRefusedError : StoreUnavailableError;
  return unavailable(hosts, reasonOf(error), { cause: error }, Kind);
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
