import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { aChange, aClaim, aTask, T0 } from '../support/builders.js';
import { type LossyProxy, lossyProxyTo } from './lossy-proxy.js';
import { type LentDatabase, lendDatabase } from './mongo-databases.js';
import { connect, type MongoConnected } from './mongo-fixture.js';

/** Writes whose answer is lost after the server has made them, on a server that does not recognise a repeated write. */
export function describeMongoOutage(uri: string): void {
  describe('MongoDB over a lossy network', () => {
    const { hostname, port } = new URL(uri);
    let proxy: LossyProxy;
    let database: LentDatabase;
    let store: MongoConnected;

    beforeEach(async () => {
      proxy = await lossyProxyTo(hostname, Number(port || 27017));
      database = await lendDatabase(uri);
      const url = new URL(database.url);
      url.host = `127.0.0.1:${proxy.port}`;
      url.searchParams.set('retryWrites', 'false');
      url.searchParams.set('directConnection', 'true');
      url.searchParams.set('serverSelectionTimeoutMS', '1000');
      store = await connect(url.href);
    });

    afterEach(async () => {
      await store.close();
      await proxy.close();
      database.giveBack();
    });

    it('takes a task that it has inserted itself for a new one', async () => {
      const task = aTask();
      proxy.loseAnswerTo('insert');
      expect(await store.tasks.insert([task])).toEqual(new Set());
      expect(proxy.lost()).toBe(1);
      expect(await store.tasks.get('acme', task.id)).toEqual(task);
    });

    it.each(['insert', 'update'])('opens an occurrence once although the answer to an %s is lost', async (command) => {
      const task = aTask();
      await store.tasks.insert([task]);
      proxy.loseAnswerTo(command);
      expect(await store.runs.open([aClaim(task)])).toEqual(['opened']);
      expect(proxy.lost()).toBe(1);
      expect(await store.runs.heldBy(['instance-1'], 9)).toEqual([aClaim(task).run]);
      expect((await store.tasks.get('acme', task.id))?.next?.scheduledFor).toBe(T0 + 60_000);
    });

    it('takes a change that it has made itself for applied', async () => {
      const task = aTask();
      await store.tasks.insert([task]);
      const { run } = aClaim(task);
      await store.runs.open([aClaim(task)]);
      proxy.loseAnswerTo('update');
      const change = aChange(run!, { state: 'succeeded', finishedAt: T0, owner: null });
      expect(await store.runs.update([change])).toEqual(new Set([run!.id]));
      expect(proxy.lost()).toBe(1);
    });

    it('says that the server is gone, and works again by itself when it is back', async () => {
      await proxy.close();
      await expect(store.health.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
      await expect(store.tasks.insert([aTask()])).rejects.toBeInstanceOf(StoreUnavailableError);
      proxy = await lossyProxyTo(hostname, Number(port || 27017), proxy.port);
      await expect(store.health.ping()).resolves.toBeUndefined();
      expect(await store.tasks.insert([aTask()])).toEqual(new Set());
    });

    it('withdraws a run once', async () => {
      const task = aTask();
      await store.tasks.insert([task]);
      const { run } = aClaim(task);
      await store.runs.open([aClaim(task)]);
      proxy.loseAnswerTo('delete');
      expect(await store.runs.withdraw([run!])).toEqual(new Set([run!.id]));
      expect(proxy.lost()).toBe(1);
    });
  });
}
