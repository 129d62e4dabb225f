import { describe, expect, it, jest } from '@jest/globals';
import { mongo } from 'mongoose';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import type { Claim } from '../../src/domain/claim.js';
import type { CollectionName } from '../../src/storage/mongo/mongo-collections.js';
import { type DeclaredIndex, INDEXES } from '../../src/storage/mongo/mongo-indexes.js';
import { SCHEMA_VERSION } from '../../src/storage/mongo/mongo-migrations.js';
import type { Task } from '../../src/domain/task.js';
import { termsOf } from '../../src/triggers/event-terms.js';
import { aChange, aClaim, aLedgerEntry, aRun, aTask, onEvent, T0 } from '../support/builders.js';
import type { Stores } from './fixture.js';
import { databaseOf, OF_A_TEST } from './mongo-databases.js';
import { connect, openMongo } from './mongo-fixture.js';
import { times, withFixture } from './with-fixture.js';

const EVER = { from: 0, before: Number.MAX_SAFE_INTEGER, limit: 100 };

const layoutOf = (index: mongo.IndexDescriptionInfo | DeclaredIndex) => ({
  name: index.name,
  key: index.key,
  only: index.partialFilterExpression,
  expireAfterSeconds: index.expireAfterSeconds,
});

/** What the MongoDB adapter alone must guarantee: its layout, and claims without transactions. */
export function describeMongoAdapter(uri: string): void {
  describe('MongoDB adapter', () => {
    const store = withFixture(() => openMongo(uri));
    const collection = (name: CollectionName) => store().connection.collection<{ _id: string }>(name);

    it('has the indexes that are declared and no others', async () => {
      for (const [name, declared] of Object.entries(INDEXES)) {
        const found = await collection(name as CollectionName).indexes();
        const layouts = found.filter((index) => index.name !== '_id_').map(layoutOf);
        expect(new Set(layouts)).toEqual(new Set(declared.map(layoutOf)));
      }
    });

    it('puts leaner indexes in the place of those of an earlier layout', async () => {
      const indexesOf = async (name: CollectionName) => (await collection(name).indexes()).map(layoutOf);
      const [runs, logs, tasks] = [await indexesOf('runs'), await indexesOf('logs'), await indexesOf('tasks')];
      const former = { key: { organization: 1, 'eventTypes.0': 1, _id: 1 }, name: 'eventsByTypeOnly' } as const;
      await collection('tasks').createIndexes([former]);
      await collection('runs').dropIndex('finished');
      await collection('runs').createIndexes([{ key: { finishedAt: 1 }, name: 'finished' }]);
      await collection('logs').createIndexes([{ key: { runId: 1, first: 1, last: 1 }, name: 'run' }]);
      await collection('meta').updateOne({ _id: 'schema' }, { $set: { version: 4 } });
      await store().reopen();
      expect(new Set(await indexesOf('runs'))).toEqual(new Set(runs));
      expect(await indexesOf('logs')).toEqual(logs);
      expect(new Set(await indexesOf('tasks'))).toEqual(new Set(tasks));
    });

    it('lets several instances start at once on an empty database', async () => {
      const url = databaseOf(uri);
      const connected = await Promise.all(times(3, () => connect(url)));
      const [{ connection }] = connected as [(typeof connected)[number]];
      expect(await connection.collection('meta').find({}, OF_A_TEST).toArray()).toEqual([
        { _id: 'schema', version: SCHEMA_VERSION, needed: 18 },
      ]);
      await connection.dropDatabase();
      await Promise.all(connected.map((each) => each.close()));
    });

    it('works on a database to which a newer version has added, and refuses one that it has changed', async () => {
      const version = SCHEMA_VERSION + 1;
      await collection('meta').updateOne({ _id: 'schema' }, { $set: { version } });
      await (await store().reopen()).health.ping();
      expect(await collection('meta').findOne({ _id: 'schema' })).toMatchObject({ version });
      await collection('meta').updateOne({ _id: 'schema' }, { $set: { needed: version } });
      const failure: unknown = await store()
        .reopen()
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StoreUnavailableError);
      expect((failure as Error).message).toMatch(/newer version/);
    });

    it('finds the tasks that a version before layout 18 has stored as others, and refuses such a version', async () => {
      const onSuite = (suite: string) => aTask({ definition: { triggers: [onEvent('x', { 'data.suite': suite })] } });
      const [a, b, broken] = [onSuite('a'), onSuite('b'), onSuite('a')];
      const old = [a, b, broken, ...times(400, () => onSuite('c'))];
      await store().tasks.insert(old);
      const all = old.map(({ id }) => id);
      const keysOf = async (id: string) =>
        (await collection('tasks').findOne<{ eventTypes: string[] }>({ _id: id }))!.eventTypes;
      const before = await Promise.all([a, old.at(-1)!].map(({ id }) => keysOf(id)));
      await collection('tasks').updateMany({ _id: { $in: all } }, { $set: { eventTypes: ['x'] } });
      await collection('tasks').updateOne({ _id: broken.id }, { $set: { definition: '{' } });
      await collection('eventShapes').deleteMany({ _id: 'acme' });
      await collection('meta').updateOne({ _id: 'schema' }, { $set: { version: 17 }, $unset: { needed: '' } });
      const { tasks } = await store().reopen();
      expect(await Promise.all([a, old.at(-1)!].map(({ id }) => keysOf(id)))).toEqual(before);
      const event = { id: 'e', type: 'x', data: { suite: 'a' }, receivedAt: T0 };
      const terms = termsOf(event, await tasks.eventShapes('acme'))!;
      const found = await tasks.forEvent('acme', 'x', undefined, undefined, terms);
      expect(found.items.map(({ id }) => id)).toEqual([a.id, broken.id].sort());
      expect(await tasks.idsForEvent('acme', 'x', undefined, 1000)).toHaveLength(403);
      expect(await collection('meta').findOne({ _id: 'schema' })).toMatchObject({ needed: 18 });
    });

    it('completes the ledger of a claimer that died, before it is read and before the task moves on', async () => {
      const [read, moved] = [aTask(), aTask()];
      await store().tasks.insert([read, moved]);
      for (const task of [read, moved]) {
        const entry = { _id: `${task.id}:left`, ...aLedgerEntry(task) };
        const outbox = { token: 'of the dead', entries: [entry] };
        await collection('tasks').updateOne({ _id: task.id }, { $set: { outbox } });
      }
      expect(await store().runs.ledger('acme', read.id, EVER)).toEqual([aLedgerEntry(read)]);
      const later = aLedgerEntry(moved, { from: T0, to: T0, count: 1 });
      expect(await store().runs.open([aClaim(moved, { ledger: [later] }), aClaim(read)])).toEqual(['opened', 'opened']);
      expect(await store().runs.ledger('acme', moved.id, EVER)).toEqual([aLedgerEntry(moved), later]);
      expect(await collection('tasks').countDocuments({ outbox: { $exists: true } }, OF_A_TEST)).toBe(0);
    });

    it('takes over the pending run that a claim under an earlier generation left', async () => {
      const task = aTask({ generation: 2 });
      await store().tasks.insert([task]);
      const claim = aClaim(task);
      await store().runs.insert([aRun({ ...claim.run!, owner: 'instance-0', generation: 1 })]);
      expect(await store().runs.open([claim])).toEqual(['opened']);
      expect(await store().runs.get('acme', claim.run!.id)).toEqual(claim.run);
    });

    /** In the next update of the collection the server overlooks a document, which is moved from shard to shard just then. */
    const overlookOne = (name: CollectionName): void => {
      const { collection: each } = store().connection.model(name);
      jest.spyOn(each, 'updateMany').mockImplementationOnce((filter, ...rest) => {
        const { $in } = (filter as unknown as { _id: { $in: string[] } })._id;
        return each.updateMany({ ...filter, _id: { $in: $in.slice(1) } } as never, ...rest);
      });
    };

    it.each([3, 30])('makes a change of %i runs that an update overlooked although its token held', async (count) => {
      const runs = times(count, () => aRun({ state: 'running', owner: 'instance-1', attempt: 1 }));
      const [lost] = [aRun({ state: 'running', owner: 'instance-2', attempt: 2 })];
      await store().runs.insert([...runs, lost]);
      overlookOne('runs');
      const changes = [...runs, { ...lost, owner: 'instance-1', attempt: 1 }].map((run) =>
        aChange(run, { state: 'succeeded', finishedAt: T0 }),
      );
      expect(await store().runs.update(changes)).toEqual(new Set(runs.map(({ id }) => id)));
      expect(await store().runs.heldBy(['instance-1'], 9)).toEqual([]);
    });

    it.each([3, 30])('moves %i tasks on that an update overlooked although their claims held', async (count) => {
      const tasks = times(count, () => aTask());
      await store().tasks.insert(tasks);
      overlookOne('tasks');
      expect(await store().runs.open(tasks.map((task) => aClaim(task)))).toEqual(tasks.map(() => 'opened'));
      const moved = await store().tasks.byIds(tasks.map(({ id }) => id));
      expect(new Set(moved.map(({ next }) => next?.scheduledFor))).toEqual(new Set([T0 + 60_000]));
    });

    it('does not shorten the life of a lock that it renews', async () => {
      await store().locks.acquire(['a'], 'instance-1', 60_000);
      expect(await store().locks.renew('instance-1', 10)).toEqual(new Set(['a']));
      expect((await store().locks.remaining(['a'])).get('a')).toBeGreaterThan(50_000);
    });

    it('drops the index that removes locks at once, also where an earlier program created it again', async () => {
      await collection('locks').createIndexes([{ key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 }]);
      await (await store().reopen()).health.ping();
      const names = (await collection('locks').indexes()).map(({ name }) => name);
      expect(new Set(names)).toEqual(new Set(['_id_', 'expiredLongAgo', 'owner']));
    });

    it('drops the index of what is due that ends with the id, also where an earlier program created it again', async () => {
      const key = { organization: 1, wakeAt: 1, shard: 1, skill: 1, queue: 1, _id: 1 } as const;
      await collection('tasks').createIndexes([{ key, name: 'dueOfOrganizationInOrder' }]);
      await (await store().reopen()).health.ping();
      const names = (await collection('tasks').indexes()).map(({ name }) => name);
      expect(names).not.toContain('dueOfOrganizationInOrder');
      expect(names).toContain('dueOfOrganizationByNeed');
    });

    it('finds the first audit outcomes by the index of what has ended, wherever it begins', async () => {
      const { collection: runs } = store().connection.model('runs');
      const find = jest.spyOn(runs, 'find');
      await store().audit.outcomes({ at: 0, id: '' }, T0, 9);
      await store().audit.nextOutcomeAt({ at: 0, id: '' });
      const partial = INDEXES.runs!.find(({ name }) => name === 'finished')!.partialFilterExpression;
      // What begins at 0 does not imply the condition of the index.
      for (const [filter] of find.mock.calls) expect(filter).toMatchObject(partial!);
      expect(find).toHaveBeenCalledTimes(2);
    });

    it('knows a change that it made before an outage when it is handed in again after it', async () => {
      const run = aRun({ state: 'running', owner: 'instance-1', attempt: 1 });
      await store().runs.insert([run]);
      const runs = store().connection.model('runs').collection;
      const write = runs.bulkWrite.bind(runs);
      const spy = jest.spyOn(runs, 'bulkWrite').mockImplementation(async (...args) => {
        await write(...args);
        throw new mongo.MongoNetworkError('the answer is lost');
      });
      const change = aChange(run, { state: 'succeeded', finishedAt: T0 });
      await expect(store().runs.update([change])).rejects.toBeInstanceOf(StoreUnavailableError);
      spy.mockRestore();
      expect(await store().runs.update([change])).toEqual(new Set([run.id]));
      expect(await store().runs.update([{ ...change }])).toEqual(new Set());
    });

    /** Opens the claim, and calls `meanwhile` after its run is inserted and before its task moves. */
    const openWhile = (claim: Claim, meanwhile: () => Promise<unknown>) => {
      const tasks = store().connection.model('tasks').collection;
      jest.spyOn(tasks, 'updateMany').mockImplementationOnce(async (...args) => {
        await meanwhile();
        return tasks.updateMany(...args);
      });
      return store().runs.open([claim]);
    };

    it('leaves a run to its inserter when another claimer was faster in moving the task', async () => {
      const [task, second] = [aTask(), await store().reopen()];
      await store().tasks.insert([task]);
      const faster = async () => expect(await second.runs.open([aClaim(task, {}, 'instance-2')])).toEqual(['taken']);
      expect(await openWhile(aClaim(task), faster)).toEqual(['opened']);
      expect(await store().runs.heldBy(['instance-1', 'instance-2'], 9)).toEqual([aClaim(task).run]);
    });

    /** Lets another instance claim more of the task's next occurrences than a task remembers. */
    const claimOn = async ({ runs }: Pick<Stores, 'runs'>, task: Task) => {
      let { next } = task;
      for (let claims = 0; claims < 9; claims++) {
        const claim = aClaim({ ...task, next }, {}, 'instance-2');
        expect(await runs.open([claim])).toEqual([claims === 0 ? 'taken' : 'opened']);
        ({ next } = claim);
      }
    };

    it('leaves a run to its inserter however many claims followed while that one was stopped', async () => {
      const [task, second] = [aTask(), await store().reopen()];
      await store().tasks.insert([task]);
      const claim = aClaim(task);
      expect(await openWhile(claim, () => claimOn(second, task))).toEqual(['opened']);
      expect(await store().runs.get('acme', claim.run!.id)).toEqual(claim.run);
    });

    it('leaves a run to whoever recovered it while its inserter was stopped', async () => {
      const [task, second] = [aTask(), await store().reopen()];
      await store().tasks.insert([task]);
      const claim = aClaim(task);
      const recovered = async () => {
        await claimOn(second, task);
        await second.runs.update([aChange(claim.run!, { owner: 'instance-2' })]);
      };
      expect(await openWhile(claim, recovered)).toEqual(['stale']);
      expect(await store().runs.get('acme', claim.run!.id)).toEqual({ ...claim.run, owner: 'instance-2' });
    });

    it('deletes a run on which somebody counted before a third decided that the occurrence does not run', async () => {
      const [task, second] = [aTask(), await store().reopen()];
      await store().tasks.insert([task]);
      const meanwhile = async () => {
        const { collection: runs } = store().connection.model('runs');
        await second.runs.open([aClaim(task, { run: null })]);
        await runs.updateMany({}, { $set: { countedOn: true } }, OF_A_TEST);
      };
      expect(await openWhile(aClaim(task), meanwhile)).toEqual(['stale']);
      expect((await store().runs.list('acme', {}, { limit: 9 })).items).toEqual([]);
    });

    it('deletes a run when another claimer has decided meanwhile that the occurrence does not run', async () => {
      const [task, second] = [aTask(), await store().reopen()];
      await store().tasks.insert([task]);
      const faster = async () => expect(await second.runs.open([aClaim(task, { run: null })])).toEqual(['opened']);
      expect(await openWhile(aClaim(task), faster)).toEqual(['stale']);
      expect((await store().runs.list('acme', {}, { limit: 9 })).items).toEqual([]);
    });

    it('opens an occurrence whose void run is deleted between the two looks at it', async () => {
      const task = aTask({ generation: 2 });
      await store().tasks.insert([task]);
      const claim = aClaim(task);
      const left = aRun({ ...claim.run!, owner: 'instance-0', generation: 1 });
      await store().runs.insert([left]);
      const { collection: runs } = store().connection.model('runs');
      jest.spyOn(runs, 'bulkWrite').mockImplementationOnce(async (...args) => {
        await store().runs.withdraw([left]);
        return runs.bulkWrite(...args);
      });
      expect(await store().runs.open([claim])).toEqual(['opened']);
      expect(await store().runs.get('acme', left.id)).toEqual(claim.run);
    });

    it('leaves the run to the newer claim when the task was changed and claimed meanwhile', async () => {
      const [task, second] = [aTask(), await store().reopen()];
      await store().tasks.insert([task]);
      const changed = { ...task, generation: 2 };
      const newer = aClaim(changed, {}, 'instance-2');
      const meanwhile = async () => {
        expect(await second.tasks.replace('acme', changed, task)).toBe(true);
        expect(await second.runs.open([newer])).toEqual(['opened']);
      };
      expect(await openWhile(aClaim(task), meanwhile)).toEqual(['stale']);
      expect((await store().runs.list('acme', {}, { limit: 9 })).items).toEqual([newer.run]);
    });
  });
}
