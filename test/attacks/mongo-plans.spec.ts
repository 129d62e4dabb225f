import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose, { type Connection, type mongo } from 'mongoose';
import { firstIdAt, newId } from '../../src/domain/ids.js';
import { TASK_SORTS } from '../../src/scheduling/ports/task.reads.js';
import { MongoApiKeyStore } from '../../src/storage/mongo/mongo-api-key.store.js';
import { MongoAuditStore } from '../../src/storage/mongo/mongo-audit.store.js';
import { addModels, MongoCollections } from '../../src/storage/mongo/mongo-collections.js';
import { createIndexes, INDEXES } from '../../src/storage/mongo/mongo-indexes.js';
import { MongoEventStore } from '../../src/storage/mongo/mongo-event.store.js';
import { MongoLogStore } from '../../src/storage/mongo/mongo-log.store.js';
import { MongoNotificationDeliveryStore } from '../../src/storage/mongo/mongo-notification-delivery.store.js';
import { MongoRunStore } from '../../src/storage/mongo/mongo-run.store.js';
import { MongoStatsStore } from '../../src/storage/mongo/mongo-stats.store.js';
import { MongoTaskStore } from '../../src/storage/mongo/mongo-task.store.js';
import { MongoWebhookDeliveryStore } from '../../src/storage/mongo/mongo-webhook-delivery.store.js';
import { lendDatabase, type LentDatabase } from '../conformance/mongo-databases.js';
import { times } from '../conformance/with-fixture.js';
import { aRun, T0 } from '../support/builders.js';
import { indexUseOf, queryIn, type IndexUse, type SentQuery } from '../support/index-use.js';
import { AUDIT_FILTERS, ORDERS, RUN_FILTERS, SEARCHES, TASK_FILTERS } from '../support/reader-filters.js';

const uri = process.env['MONGODB_URI'];
const suite = uri ? describe : describe.skip;

const SOURCE = { organization: 'acme', source: 's' };
const EVENT_FILTERS = [{}, { type: 'order.paid' }, { source: 'shop' }, { from: T0, to: T0 + 9 }];
const DELIVERY_FILTERS = [
  {},
  { channel: 'c' },
  { status: 'failed' as const },
  { channel: 'c', status: 'failed' as const },
  { from: T0, to: T0 + 9 },
];

/** The log of one run is bounded. */
const isOfOneRun = ({ collection }: SentQuery): boolean => collection === 'logs';

/** What needs no test: a task and a source belong to one organization, and what has one of a few ids is compared. */
const isComparedAlone = (member: string, { collection, filter }: SentQuery): boolean =>
  member === 'organization' && ('taskId' in filter || collection === 'webhookDeliveries' || isList(filter['_id']));

suite('the queries of readers on MongoDB', () => {
  let database: LentDatabase;
  let connection: Connection;
  let collections: MongoCollections;
  let sent: SentQuery[] = [];

  beforeAll(async () => {
    database = await lendDatabase(uri!);
    connection = await mongoose.createConnection(database.url, { monitorCommands: true, autoIndex: false }).asPromise();
    addModels(connection);
    collections = new MongoCollections(connection);
    await createIndexes(collections);
    connection.getClient().on('commandStarted', ({ commandName, command }: mongo.CommandStartedEvent) => {
      const query = queryIn(commandName, command);
      if (query) sent.push(query);
    });
  });
  afterAll(async () => {
    await connection.close();
    database.giveBack();
  });

  /** What was sent for a question, each with the use of its index. */
  const usesOf = async (ask: () => Promise<unknown>): Promise<(SentQuery & { use: IndexUse | null })[]> => {
    sent = [];
    await ask();
    expect(sent.length).toBeGreaterThan(0);
    return sent.map((query) => ({
      ...query,
      use: indexUseOf(query, INDEXES[query.collection as keyof typeof INDEXES] ?? []),
    }));
  };

  const ofLedger = async (ask: () => Promise<unknown>) =>
    (await usesOf(ask)).filter(({ collection }) => collection === 'ledger');

  const page = { after: undefined, limit: 50 };
  const runs = () => new MongoRunStore(collections);
  const tasks = () => new MongoTaskStore(collections);
  const audit = () => new MongoAuditStore(collections);
  const stats = () => new MongoStatsStore(collections);
  const events = () => new MongoEventStore(collections);
  const webhooks = () => new MongoWebhookDeliveryStore(collections);
  const deliveries = () => new MongoNotificationDeliveryStore(collections);
  const range = { from: T0, before: T0 + 9, limit: 9 };

  const afters = [undefined, firstIdAt(T0 + 5)];

  it.each<[string, (() => Promise<unknown>)[]]>([
    [
      'lists of runs',
      [...RUN_FILTERS, ...SEARCHES].flatMap((filter) =>
        afters.map((after) => () => runs().list('acme', filter, { after, limit: 50 })),
      ),
    ],
    [
      'lists of tasks',
      TASK_FILTERS.flatMap((filter) => afters.map((after) => () => tasks().list('acme', filter, { after, limit: 50 }))),
    ],
    [
      'sorted lists of tasks',
      TASK_SORTS.flatMap((by) =>
        (['asc', 'desc'] as const).flatMap((order) => [
          () => tasks().sorted('acme', { by, order }, {}, page),
          () => tasks().sorted('acme', { by, order }, { q: 'b' }, { after: '[0,5,null,null,"x"]', limit: 50 }),
        ]),
      ),
    ],
    ...ORDERS.map((order): [string, (() => Promise<unknown>)[]] => [
      `the trail, ${order}`,
      AUDIT_FILTERS.flatMap((filter) =>
        [undefined, 7].map((after) => () => audit().search('acme', filter, { after, limit: 50, order })),
      ),
    ]),
    ['the whole trail', [() => audit().chain('acme', {}, 0, 9)]],
    ['the runs of events', [() => runs().ofEvents('acme', T0, page)]],
    ['a run', [() => runs().get('acme', 'x')]],
    ['a task', [() => tasks().get('acme', 'x'), () => tasks().byIds(['x'])]],
    [
      'runs of a task',
      [() => runs().ofTask('acme', 't', range), () => runs().ofTask('acme', 't', { ...range, after: 'x' })],
    ],
    [
      'failures',
      [() => runs().failures('acme', { from: T0 }, page), () => runs().failures('acme', { taskId: 't' }, page)],
    ],
    ['outlines of runs', [() => runs().outlines('acme', ['t', 'u'], range)]],
    ['runs by ids', [() => runs().byIds('acme', ['x'])]],
    ['failed runs', [() => runs().failed('acme', { states: ['failed'], from: T0, to: T0 + 9 }, page)]],
    ['what was made up for', [() => runs().madeUp('acme', 't', { from: T0, to: T0 + 9, limit: 9 })]],
    ['unfinished runs', [() => runs().unfinishedOf(['t'], 9), () => runs().heldElsewhere(['t'], 'i')]],
    ['what waits', [() => runs().waiting(T0, 9), () => runs().underWayAmong(['t']), () => runs().busyAmong(['t'])]],
    ['the end of a ledger', [() => runs().ledgerBefore('acme', 't', T0, 9)]],
    ['due tasks', [() => tasks().dueBetween(range), () => tasks().count('acme', 9)]],
    ['counts of tasks', [() => tasks().countByState(9), () => stats().tasksByState('acme', 9)]],
    ['figures', [() => stats().minutes('acme', T0), () => stats().totals('acme', T0)]],
    ['the backlog', [() => stats().backlog('acme', T0, 9)]],
    ['a log', [() => new MongoLogStore(collections).list('acme', 'x', 0, 9)]],
    ['API keys', [() => new MongoApiKeyStore(collections).list('acme', page)]],
    ['states of runs', [() => runs().statesOf('acme', ['x', 'y'])]],
    ['what is in queues', [() => runs().queues('acme', T0, 9), () => tasks().queues('acme', T0, 9)]],
    ['the coming starts of an organization', [() => tasks().dueBetween({ ...range, organization: 'acme' })]],
    ['sums of figures', [() => stats().sums('acme', range)]],
    [
      'events',
      [
        () => events().get('acme', 'x'),
        ...afters.flatMap((after) =>
          EVENT_FILTERS.map((filter) => () => events().list('acme', filter, { after, limit: 50 })),
        ),
      ],
    ],
    [
      'deliveries of webhooks',
      [
        () => webhooks().find(SOURCE, 'x'),
        ...afters.map((after) => () => webhooks().list(SOURCE, { after, limit: 50 })),
        () => webhooks().list(SOURCE, page, 'refused'),
      ],
    ],
    [
      'what went out',
      [
        () => deliveries().find('acme', 'x'),
        ...afters.flatMap((after) =>
          DELIVERY_FILTERS.map((filter) => () => deliveries().list('acme', filter, { after, limit: 50 })),
        ),
      ],
    ],
    ['how old an organization is', [() => audit().hasTaskBefore('acme', T0), () => audit().checkpoints('acme')]],
  ])('for %s have an index that narrows them down, and read little beside what they show', async (_, questions) => {
    for (const ask of questions) {
      const uses = await usesOf(ask);
      uses.forEach(({ use, ...query }, place) => {
        expect({ query, use }).toMatchObject({ use: { index: expect.any(String) } });
        const { isInOrder, tested, isSmall } = use!;
        // Few runs are unfinished, and sorting or testing them is cheap.
        if (isSmall || isOfOneRun(query)) return;
        const before = uses[place - 1];
        // The end of the step was looked up before, by the index alone.
        const isStep = before !== undefined && before.skip > 0 && before.limit === 1 && before.use!.tested.length === 0;
        const left = isStep ? [] : tested.filter((member) => !isComparedAlone(member, query));
        expect({ query, isInOrder, left }).toEqual({ query, isInOrder: true, left: [] });
      });
    }
  });

  it('for a ledger begin at the range, and sort only what reaches into it', async () => {
    const [reaching, beginning] = await ofLedger(() => runs().ledger('acme', 't', range));
    const byReach = INDEXES.ledger!.filter(({ name }) => name === 'reach');
    const use = indexUseOf({ ...reaching!, sort: {} }, byReach)!;
    expect([...new Set(use.index.split('+'))]).toEqual(['reach']);
    // Each alternative is a short stretch of the index.
    for (const { from } of alternativesOf(reaching!)) expect(from).toHaveProperty('$lt');
    expect(use.tested).toEqual(['to']);
    expect(beginning!.use).toMatchObject({ index: 'task', isInOrder: true, tested: [] });
    const later = await ofLedger(() => runs().ledger('acme', 't', { ...range, after: { from: T0 + 1, to: T0 + 2 } }));
    // Entries that begin at the same instant as the last one shown are told apart by their ends.
    expect(later.map((query) => query.use)).toEqual([
      { index: 'task', isInOrder: true, tested: ['$or'], isSmall: false },
    ]);
  });

  it('test the documents of a history in steps, each of which ends where it was looked up', async () => {
    const history = times(4100, (index) => {
      const scheduledFor = T0 + index;
      return aRun({
        id: newId(scheduledFor),
        scheduledFor,
        trigger: 'manual',
        state: 'succeeded',
        finishedAt: scheduledFor,
      });
    });
    await runs().insert(history);
    const uses = await usesOf(() => runs().list('acme', { state: 'succeeded', trigger: 'schedule' }, page));
    const looks = uses.filter(({ use }) => use!.tested.length > 0);
    expect(looks.length).toBe(3);
    for (const { filter } of looks.slice(0, 2)) expect(Object.keys(filter['_id'] as object)).toContain('$gte');
  }, 60_000);
});

const alternativesOf = ({ filter }: SentQuery): Record<string, unknown>[] =>
  (filter['$and'] as { $or?: Record<string, unknown>[] }[]).flatMap(({ $or = [] }) => $or);

const isList = (condition: unknown): boolean =>
  typeof condition === 'object' && condition !== null && '$in' in condition;
