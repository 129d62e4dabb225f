import { expect, it } from '@jest/globals';
import { AuditRetention } from '../../src/audit/audit-retention.js';
import { ChangesLostError, InvalidInputError, OverloadedError, type Change } from '../../src/index.js';
import { aRun } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

/** The life of a lock, and the rounds of the feed. */
const SETTLED_MS = 25_000;

const ENDED = new Set(['run.succeeded', 'run.failed']);

describeEngine('the changes of the fleet', (world) => {
  /** Gathers what is followed; `stop` ends it. */
  const following = (instance: EngineInstance, after?: string, organization = 'default', prompt = false) => {
    const seen: Change[] = [];
    const stopping = new AbortController();
    const options = { prompt, signal: stopping.signal, ...(after !== undefined && { after }) };
    const done = (async () => {
      for await (const change of instance.scheduler.for(organization).changes(options)) seen.push(change);
    })();
    done.catch(() => undefined);
    const stop = async () => {
      stopping.abort();
      await world().done(done);
    };
    return { seen, done, stop };
  };
  const typesOf = (seen: readonly Change[]) => seen.map(({ type }) => type);

  it('come from all instances, in one order, and go on behind a position', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const observer = await world().boot({ engine: { work: false }, handlers: [] });
    await world().advance(3000);
    const live = following(observer);
    await world().advance(1000);
    const task = await world().done(a.scheduler.schedule(work({ triggers: [every(1000)], maxRuns: 12 })));
    const other = await world().done(b.scheduler.schedule(work()));
    await world().done(b.scheduler.pause(other.id, 'for a while'));
    await world().until(() => world().workshop.of(task.id).length === 12);
    expect(new Set(world().workshop.calls.map(({ instance }) => instance)).size).toBeGreaterThan(0);
    await world().advance(SETTLED_MS);
    expect(typesOf(live.seen).filter((type) => type === 'run.succeeded')).toHaveLength(12);
    expect(typesOf(live.seen).slice(0, 3)).toEqual(['task.created', 'task.created', 'task.paused']);
    const [created, , paused] = live.seen;
    expect(created).toMatchObject({ object: { type: 'task', id: task.id }, taskId: task.id, before: null });
    expect(paused).toMatchObject({ taskId: other.id, before: { state: 'active' }, after: { state: 'paused' } });
    const end = live.seen.find(({ type }) => type === 'run.succeeded')!;
    expect(end).toMatchObject({ taskId: task.id, object: { type: 'run' }, after: { state: 'succeeded', attempt: 1 } });
    expect(new Set(live.seen.map(({ position }) => position)).size).toBe(live.seen.length);
    await live.stop();
    for (const [index, { position }] of live.seen.entries()) {
      const rest = following(b, position);
      await world().advance(100);
      expect(rest.seen.slice(0, live.seen.length - index - 1)).toEqual(live.seen.slice(index + 1));
      await rest.stop();
    }
  });

  it('tell nothing of another organization, and of what was before only on request', async () => {
    const a = await world().boot();
    await world().done(a.scheduler.schedule(work()));
    const [new_, all, theirs] = [following(a), following(a, '0'), following(a, '0', 'umbrella')];
    await world().advance(3000);
    expect([typesOf(new_.seen), typesOf(all.seen), typesOf(theirs.seen)]).toEqual([[], ['task.created'], []]);
    const { id } = await world().done(a.scheduler.schedule(work()));
    await world().done(a.scheduler.remove(id));
    await world().advance(1100);
    expect(typesOf(new_.seen)).toEqual(['task.created', 'task.deleted']);
    expect(theirs.seen).toEqual([]);
    await world().done(Promise.all([new_, all, theirs].map(({ stop }) => stop())));
  });

  it('end when the application closes, and say when what follows is not kept any more', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    for (let count = 0; count < 3; count++) await world().done(a.scheduler.schedule(work()));
    const late = following(a, '1');
    await world().advance(100);
    expect(late.seen).toHaveLength(2);
    const open = following(b);
    await world().advance(100);
    await world().done(b.stop());
    await world().done(open.done);
    await late.stop();
    const retention = a.module.get(AuditRetention, { strict: false });
    expect(await world().done(retention.purge(world().clock.now() + 1, 2))).toBe(2);
    const lost = following(a, '1');
    await expect(world().done(lost.done)).rejects.toThrow(ChangesLostError);
    const kept = following(a, '0');
    await world().advance(100);
    expect(typesOf(kept.seen)).toEqual(['task.created', 'audit.purged']);
    await kept.stop();
    for (const wrong of ['', '-1', '1.', 'x', '9999999999999999'])
      await expect(world().done(following(a, wrong).done)).rejects.toThrow(InvalidInputError);
  });

  it('tell the ends of runs promptly on request, each once, and again to whoever goes on before their turn', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const observer = await world().boot({ engine: { work: false }, handlers: [] });
    await world().advance(3000);
    const prompt = following(observer, undefined, 'default', true);
    const inOrder = following(observer);
    const theirs = following(observer, undefined, 'umbrella', true);
    await world().advance(1000);
    const task = await world().done(a.scheduler.schedule(work({ triggers: [every(500)], maxRuns: 8 })));
    await world().until(() => world().workshop.of(task.id).length === 8);
    const late = aRun({ organization: 'default', state: 'failed', finishedAt: world().clock.now() - 5000 });
    await world().done(b.runStore.insert([late]));
    await world().advance(2100);
    const ends = (seen: readonly Change[]) => seen.flatMap(({ type, object }) => (ENDED.has(type) ? [object.id] : []));
    expect([ends(prompt.seen).length, ends(inOrder.seen).length]).toEqual([8, 0]);
    const again = following(b, prompt.seen.at(-1)!.position);
    await world().advance(SETTLED_MS);
    for (const { seen } of [prompt, inOrder, again]) {
      expect(ends(seen)).toHaveLength(9);
      expect(new Set(ends(seen)).size).toBe(9);
    }
    expect(ends(prompt.seen)).toContain(late.id);
    expect(theirs.seen).toEqual([]);
    await world().done(Promise.all([prompt, inOrder, theirs, again].map(({ stop }) => stop())));
  });

  it('tell that somebody asked for the end of a run apart from its end', async () => {
    const a = await world().boot();
    world().workshop.answering = byHand;
    const all = following(a);
    await world().advance(100);
    const { id } = await world().done(a.scheduler.schedule(work()));
    const run = await world().done(a.scheduler.runNow(id));
    await world().done(a.scheduler.cancelRun(run.id));
    await world().advance(SETTLED_MS);
    expect(typesOf(all.seen)).toEqual(['task.created', 'run.requested', 'run.cancel-requested', 'run.cancelled']);
    expect(all.seen.slice(1).map(({ taskId }) => taskId)).toEqual([id, id, id]);
    await all.stop();
  });

  it('are followed by a bounded number', async () => {
    const a = await world().boot();
    const all = Array.from({ length: 100 }, () => following(a));
    await world().advance(100);
    await expect(world().done(following(a).done)).rejects.toThrow(OverloadedError);
    const theirs = following(a, undefined, 'umbrella');
    await world().advance(100);
    await world().done(Promise.all([...all, theirs].map(({ stop }) => stop())));
    const again = following(a);
    await world().advance(100);
    await again.stop();
  });
});
