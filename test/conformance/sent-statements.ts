import { createRequire } from 'node:module';
import type { DeclaredIndex } from '../../src/storage/mongo/mongo-indexes.js';
import { INDEXES } from '../../src/storage/mongo/mongo-indexes.js';
import { isScattered, lacksHint, needsIndexOfStates, type SentFilter } from '../support/cluster-rules.js';
import { indexUseOf, queryIn, type SentQuery } from '../support/index-use.js';
import { OF_A_TEST } from './mongo-databases.js';

type Command = Record<string, unknown>;
type Parts = { q: Command; hint?: unknown }[];
type Send = (namespace: unknown, command: Command, ...rest: unknown[]) => Promise<unknown>;

/** Collections with a record for each instance, organization or consumer at most, which are read as a whole. */
const SMALL = new Set(['instances', 'settings', 'outboxLosses']);

/** Statements without an index, and why each may be. */
export const WITHOUT_INDEX: Readonly<Record<string, string>> = {
  'update tasks {"shard":{"$exists":"…"}}': 'a step of the layout, taken once by a database',
  'update ledger {"digits":{"$exists":"…"}}': 'a step of the layout, taken once by a database',
  'find tasks {"skill":{"$exists":"…"},"definition":{"$regex":"…"}}': 'a step of the layout, taken once by a database',
  'find auditCheckpoints {"keyId":{"$ne":"…"}}': 'a command of the operator, over three records of an organization',
  'find auditBirths {"keyId":{"$ne":"…"}}': 'a command of the operator, over one record of an organization',
};

/** Statements about some documents of a divided collection that ask all of its shards, and why each may. */
export const SCATTERED: Readonly<Record<string, string>> = {
  'update runs {"taskId":"…","holder":{"$exists":"…"}}':
    'a task gets another queue or handler: its unfinished runs, too',
  'update ledger {"digits":{"$exists":"…"}}': 'a step of the layout, taken once by a database',
  'find ledger {"to":{"$not":{"$gte":"…"}}}': 'housekeeping',
  'delete ledger {"to":{"$not":{"$gte":"…"}},"_id":{"$in":["\\"…\\""]}}': 'housekeeping',
  'find audit {"at":{"$lt":"…"}}': 'housekeeping: which organizations have old entries',
  'find audit {"at":{"$lt":"…"},"organization":{"$nin":["\\"…\\""]}}': 'housekeeping, for the next organizations',
};

/** Listens to what the driver sends to a server, on each of its connections, and judges each filter by the indexes. */
export class SentStatements {
  readonly judged = new Set<string>();
  /** The names of the commands. */
  readonly commands = new Set<string>();
  private readonly unserved = new Map<string, SentQuery>();
  private readonly scatteredOnes = new Set<string>();
  private readonly unhinted = new Set<string>();
  private readonly byStates = new Set<string>();
  private readonly connection: { command: Send };
  private readonly send: Send;

  constructor() {
    const fromMongoose = createRequire(createRequire(import.meta.url).resolve('mongoose'));
    const found = fromMongoose('mongodb/lib/cmap/connection.js') as { Connection: { prototype: { command: Send } } };
    this.connection = found.Connection.prototype;
    this.send = this.connection.command;
    const hear = (command: Command) => this.hear(command);
    const { send } = this;
    this.connection.command = function (this: unknown, namespace, command, ...rest) {
      hear(command);
      return send.call(this, namespace, command, ...rest);
    };
  }

  /** Stops listening. */
  end(): void {
    this.connection.command = this.send;
  }

  /** The statements whose filter no index serves, each once. */
  withoutIndex(): string[] {
    return [...this.unserved.keys()];
  }

  /** The statements that ask shards which have nothing to do with them. */
  scattered(): string[] {
    return [...this.scatteredOnes];
  }

  /** The statements by ids of runs for which a server may choose the index of what is held. */
  withoutHint(): string[] {
    return [...this.unhinted];
  }

  /** The statements of several states at once that the index of states does not serve. */
  ofSeveralStates(): string[] {
    return [...this.byStates];
  }

  private hear(command: Command): void {
    if (command['comment'] === OF_A_TEST.comment) return;
    const name = Object.keys(command)[0] ?? '';
    this.commands.add(name);
    for (const query of queriesIn(name, command)) this.judge(name, query);
  }

  private judge(name: string, query: SentFilter): void {
    const indexes: readonly DeclaredIndex[] = INDEXES[query.collection as keyof typeof INDEXES] ?? [];
    const what = `${name} ${query.collection} ${JSON.stringify(shapeOf(query.filter))}`;
    this.judged.add(what);
    if (isScattered(query)) this.scatteredOnes.add(what);
    if (lacksHint(query)) this.unhinted.add(what);
    if (needsIndexOfStates(query)) this.byStates.add(what);
    if (SMALL.has(query.collection) || indexUseOf(query, indexes) !== null) return;
    this.unserved.set(what, query);
  }
}

/** The filters of a command: of each of its updates or deletions, too. */
function queriesIn(command: string, sent: Command): SentFilter[] {
  const collection = String(sent[command]);
  const plain = { command, collection, sort: {}, skip: 0, limit: 0, hint: undefined };
  const given = (sent['updates'] ?? sent['deletes']) as Parts | { documents: Parts } | undefined;
  // The driver sends long lists apart from their command.
  const parts = given && 'documents' in given ? given.documents : given;
  if ((command === 'update' || command === 'delete') && parts)
    return parts.map(({ q, hint }) => ({ ...plain, filter: q, by: hint }));
  if (command === 'findAndModify') return [{ ...plain, filter: sent['query'] as Command, by: sent['hint'] }];
  const query = queryIn(command, sent);
  return query ? [{ command, by: sent['hint'], ...query }] : [];
}

/** The members and operators of a filter without its values. */
function shapeOf(filter: unknown): unknown {
  if (Array.isArray(filter)) return [...new Set(filter.map((each) => JSON.stringify(shapeOf(each))))];
  if (typeof filter !== 'object' || filter === null || filter instanceof Date) return '…';
  return Object.fromEntries(Object.entries(filter).map(([member, value]) => [member, shapeOf(value)]));
}
