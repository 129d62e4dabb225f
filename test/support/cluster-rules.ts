import { indexUseOf, type SentQuery } from './index-use.js';
import { INDEXES } from '../../src/storage/mongo/mongo-indexes.js';

type Document = Record<string, unknown>;

/** By what deploy/mongodb/shard.js divides the collections. */
export const SHARD_KEYS: Readonly<Record<string, readonly string[]>> = {
  runs: ['_id'],
  events: ['_id'],
  idempotency: ['_id'],
  logs: ['runId'],
  ledger: ['taskId'],
  audit: ['organization', 'sequence'],
};

/** Collections whose reads name the shard key as well: a read of the others may ask every shard, as lists do. */
const READ_BY_KEY = new Set(['logs', 'ledger', 'audit']);

/** A statement with a filter, as it was sent. */
export interface SentFilter extends SentQuery {
  command: string;
  /** The hint as it was sent, which may be a key. */
  by: unknown;
}

const isWrite = ({ command }: SentFilter): boolean => ['update', 'delete', 'findAndModify'].includes(command);

const isOperators = (condition: unknown): condition is Document =>
  typeof condition === 'object' && condition !== null && Object.keys(condition).some((name) => name.startsWith('$'));

/** Whether the filter binds the member to a value, or to one of a few. */
const binds = (filter: Document, member: string): boolean =>
  filter[member] !== undefined && (!isOperators(filter[member]) || '$in' in filter[member] || '$eq' in filter[member]);

/** Whether the router asks more shards than those of the documents that the statement is about. */
export function isScattered(sent: SentFilter): boolean {
  const [first] = SHARD_KEYS[sent.collection] ?? [];
  if (first === undefined || !(isWrite(sent) || READ_BY_KEY.has(sent.collection))) return false;
  return !aims(sent.filter, first);
}

/** Whether the filter binds the member as a whole, or in each of its alternatives. */
function aims({ $or = [], $and = [], ...filter }: Document, member: string): boolean {
  const alternatives = $or as Document[];
  if (binds(filter, member) || ($and as Document[]).some((part) => aims(part, member))) return true;
  return alternatives.length > 0 && alternatives.every((each) => aims(each, member));
}

/** Whether a server may choose the index of what is held for runs that are named by their ids. */
export const lacksHint = ({ collection, filter, by }: SentFilter): boolean =>
  collection === 'runs' && 'holder' in filter && names(filter['_id']) && JSON.stringify(by) !== '{"_id":1}';

/** An id, or some; a list of none stands for what nothing matches. */
const names = (condition: unknown): boolean =>
  binds({ condition }, 'condition') && !(isOperators(condition) && (condition['$in'] as unknown[]).length === 0);

const BY_STATE = INDEXES.runs!.filter(({ partialFilterExpression }) => 'state' in (partialFilterExpression ?? {}));

/** Whether the statement names several states, each of which alone an index of some states serves: it serves no list of them. */
export function needsIndexOfStates(sent: SentFilter): boolean {
  const { $in = [] } = (sent.filter['state'] ?? {}) as { $in?: unknown[] };
  // What is named by its id is found by that.
  if (names(sent.filter['_id'])) return false;
  if (sent.collection !== 'runs' || $in.length < 2 || sent.by !== undefined) return false;
  return $in.every((state) => indexUseOf({ ...sent, filter: { ...sent.filter, state } }, BY_STATE) !== null);
}
