import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RecordRefusedError, StoreRefusedError } from '../../src/domain/errors.js';
import type { Run } from '../../src/domain/run.js';
import { aChange, aClaim, aLedgerEntry, aTask, T0 } from '../support/builders.js';
import { FAILOVER, FailoverProxy, type Failure } from '../support/failover-proxy.js';
import { type LentDatabase, lendDatabase } from './mongo-databases.js';
import { connect, type MongoConnected } from './mongo-fixture.js';

/** An election: each statement fails as often as the driver alone would bear, and once more. */
export function describeMongoFailover(uri: string): void {
  describe('MongoDB in a failover', () => {
    let proxy: FailoverProxy;
    let database: LentDatabase;
    let store: MongoConnected;

    beforeEach(async () => {
      proxy = await FailoverProxy.to(uri);
      database = await lendDatabase(uri);
      store = await connect(proxy.before(database.url));
    });

    afterEach(async () => {
      proxy.recover();
      await store.close();
      await proxy.close();
      database.giveBack();
    });

    /** Fails each different statement twice. */
    const failEachTwice = (failure: Failure): void => {
      const failures = new Map<string, number>();
      proxy.fail((command, document) => {
        const which = JSON.stringify([command, document[command], Object.keys(document)]);
        const before = failures.get(which) ?? 0;
        failures.set(which, before + 1);
        return before < 2 ? failure : null;
      });
    };

    it.each<Failure>([...FAILOVER, 'cut'])(
      'goes on with every statement that fails by %s',
      async (failure) => {
        const [task, other] = [aTask(), aTask()];
        const { run } = aClaim(task) as { run: Run };
        failEachTwice(failure);
        expect(await store.tasks.insert([task, other])).toEqual(new Set());
        expect(await store.runs.open([aClaim(task, { ledger: [aLedgerEntry(task)] })])).toEqual(['opened']);
        const running = aChange(run, { state: 'running', attempt: 1, startedAt: T0 });
        expect(await store.runs.update([running])).toEqual(new Set([run.id]));
        expect(await store.runs.requestCancel('acme', run.id)).toBe(true);
        expect(await store.runs.heldBy(['instance-1'], 9)).toHaveLength(1);
        expect(await store.runs.owners()).toEqual(['instance-1']);
        expect(await store.locks.acquire(['a'], 'instance-1', 60_000)).toEqual(new Set(['a']));
        expect(await store.locks.renew('instance-1', 60_000)).toEqual(new Set(['a']));
        await store.locks.release(['a'], 'instance-1');
        const renamed = { ...other, updatedAt: T0 + 1, generation: other.generation + 1 };
        expect(await store.tasks.replace('acme', renamed, other)).toBe(true);
        expect(await store.tasks.remove('acme', other.id, renamed.generation)).toBe(true);
        expect(await store.runs.ledger('acme', task.id, { from: 0, before: T0 * 2, limit: 9 })).toHaveLength(1);
        expect(await store.runs.withdraw([run])).toEqual(new Set());
        expect(await store.runs.purge(T0, 9)).toBe(0);
        expect((await store.readers.runs.list('acme', {}, { limit: 9 })).items).toHaveLength(1);
        for (const command of ['insert', 'update', 'delete', 'find', 'aggregate'])
          expect([command, proxy.failed.get(command)! >= 2]).toEqual([command, true]);
      },
      60_000,
    );

    it.each(['lose', 'cut'] as const)(
      'changes, removes and seals a task once where answers %s',
      async (failure) => {
        const task = aTask();
        await store.tasks.insert([task]);
        failEachTwice(failure);
        const changed = { ...task, updatedAt: T0 + 1, generation: 2 };
        expect(await store.tasks.replace('acme', changed, task)).toBe(true);
        const told = { ...changed, generation: 3 };
        expect(await store.tasks.replace('acme', told, changed, [aLedgerEntry(task)])).toBe(true);
        const sealed = { organization: 'acme', taskId: task.id, secrets: task.secrets, definition: task.definition };
        expect(await store.sealed.replace(sealed, { token: 'k:1' })).toBe(true);
        failEachTwice(failure);
        expect(await store.tasks.remove('acme', task.id, 3)).toBe(true);
        expect(proxy.failures).toBeGreaterThanOrEqual(8);
      },
      60_000,
    );

    it('tells refusals that no waiting mends from an outage', async () => {
      const task = aTask();
      proxy.fail((command) => (command === 'insert' ? 121 : null));
      await expect(store.tasks.insert([task])).rejects.toBeInstanceOf(RecordRefusedError);
      proxy.fail((command) => (command === 'insert' ? 13 : null));
      await expect(store.tasks.insert([task])).rejects.toBeInstanceOf(StoreRefusedError);
      expect(proxy.failed.get('insert')).toBe(2);
    });
  });
}
