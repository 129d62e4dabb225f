import { createRequire } from 'node:module';
import type { DeclaredIndex } from '../../src/storage/mongo/mongo-indexes.js';
import { INDEXES } from '../../src/storage/mongo/mongo-indexes.js';
import { indexUseOf, queryIn, type SentQuery } from '../support/index-use.js';
import { OF_A_TEST } from './mongo-databases.js';

type Command = Record<string, unknown>;
type Parts = { q: Command }[];
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

/** Listens to what the driver sends to a server, on each of its connections, and judges each filter by the indexes. */
export class SentStatements {
  readonly judged = new Set<string>();
  private readonly unserved = new Map<string, SentQuery>();
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

  private hear(command: Command): void {
    if (command['comment'] === OF_A_TEST.comment) return;
    const name = Object.keys(command)[0] ?? '';
    for (const query of queriesIn(name, command)) this.judge(name, query);
  }

  private judge(name: string, query: SentQuery): void {
    const indexes: readonly DeclaredIndex[] = INDEXES[query.collection as keyof typeof INDEXES] ?? [];
    const what = `${name} ${query.collection} ${JSON.stringify(shapeOf(query.filter))}`;
    this.judged.add(what);
    if (SMALL.has(query.collection) || indexUseOf(query, indexes) !== null) return;
    this.unserved.set(what, query);
  }
}

/** The filters of a command: of each of its updates or deletions, too. */
function queriesIn(name: string, command: Command): SentQuery[] {
  const collection = String(command[name]);
  const plain = { collection, sort: {}, skip: 0, limit: 0, hint: undefined };
  const given = (command['updates'] ?? command['deletes']) as Parts | { documents: Parts } | undefined;
  // The driver sends long lists apart from their command.
  const parts = given && 'documents' in given ? given.documents : given;
  if ((name === 'update' || name === 'delete') && parts) return parts.map(({ q }) => ({ ...plain, filter: q }));
  if (name === 'findAndModify') return [{ ...plain, filter: command['query'] as Command }];
  const query = queryIn(name, command);
  return query ? [query] : [];
}

/** The members and operators of a filter without its values. */
function shapeOf(filter: unknown): unknown {
  if (Array.isArray(filter)) return [...new Set(filter.map((each) => JSON.stringify(shapeOf(each))))];
  if (typeof filter !== 'object' || filter === null || filter instanceof Date) return '…';
  return Object.fromEntries(Object.entries(filter).map(([member, value]) => [member, shapeOf(value)]));
}
