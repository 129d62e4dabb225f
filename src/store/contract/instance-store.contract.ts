import type { Instance } from '../../cluster/instance.store.js';
import { T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';

const instance = (id: string, fields: Partial<Instance> = {}): Instance => ({
  id,
  version: '0.1.0',
  startedAt: T0,
  heartbeatAt: T0,
  running: 0,
  concurrency: 1000,
  ...fields,
});

/** What the instances report about themselves. */
export function describeInstanceStore(
  { describe, it, expect, withFixture }: Kit,
  name: string,
  open: OpenFixture,
): void {
  describe(name, () => {
    const store = withFixture(open);
    const listed = async () => (await store().instances.list()).sort((a, b) => (a.id < b.id ? -1 : 1));

    it("writes and overwrites an instance's own entry", async () => {
      expect(await listed()).toEqual([]);
      await store().instances.put(instance('i-1'));
      await store().instances.put(instance('i-2'));
      const vitals = { eventLoopLagMs: 3, rssBytes: 121_634_816, clockOffsetMs: -40 };
      const later = instance('i-1', { heartbeatAt: T0 + 2500, running: 7, version: '0.2.0', vitals });
      await store().instances.put(later);
      expect(await listed()).toEqual([later, instance('i-2')]);
    });

    it('removes the named entries', async () => {
      for (const id of ['i-1', 'i-2', 'i-3']) await store().instances.put(instance(id));
      await store().instances.remove(['i-1', 'i-3', 'unknown']);
      await store().instances.remove([]);
      expect(await listed()).toEqual([instance('i-2')]);
    });

    it('keeps the latest instant that an instance said it may begin things by, whatever is written last', async () => {
      const { instances } = store();
      await instances.raiseStartLimit('i-1', T0 + 250);
      await instances.raiseStartLimit('i-1', T0);
      await instances.raiseStartLimit('i-2', T0);
      await instances.put(instance('i-1'));
      expect(await listed()).toEqual([instance('i-1')]);
      const limits = await instances.startLimits(['i-1', 'i-2', 'unheard of']);
      expect(limits).toEqual(
        new Map([
          ['i-1', T0 + 250],
          ['i-2', T0],
        ]),
      );
    });

    it('forgets what an instance may begin with its entry', async () => {
      await store().instances.raiseStartLimit('i-1', T0);
      await store().instances.remove(['i-1']);
      expect(await store().instances.startLimits(['i-1'])).toEqual(new Map());
    });
  });
}
