import { expect, it } from '@jest/globals';
import type { AuditRecord } from '../../src/audit/audit-entry.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { describeEngine, work } from '../support/engine-world.js';

describeEngine('an outcome that cannot be written into the trail', (world) => {
  it('keeps no other from it, and is told of there and in the log', async () => {
    const instance = await world().boot();
    const { scheduler, gate } = instance;
    const other = scheduler.for('globex');
    const [task, theirs] = [await scheduler.schedule(work({ overlap: 'allow' })), await other.schedule(work())];
    const runs = [];
    for (let made = 0; made < 9; made++) runs.push(await world().done(scheduler.runNow(task.id)));
    const good = await world().done(other.runNow(theirs.id));
    await world().advance(1000);
    const poison = runs[4]!.id;
    // Only its details cannot be stored.
    gate.obstruct((method, [records]) => {
      if (method !== 'append' || !Array.isArray(records)) return;
      const bodies = (records as Partial<AuditRecord>[]).map(({ body }) => body ?? '');
      const isPoison = (body: string) => body.includes(poison) && body.includes('scheduledFor');
      if (bodies.some((body) => body.includes('run.outcomes') && isPoison(body))) throw new TypeError('odd text');
    });
    await world().advance(60_000);
    const audit = instance.module.get(AuditService, { strict: false });
    const told = async (organization: string) => {
      const ofRuns: { id: string; unreadable?: string; state?: string }[] = [];
      // A list would only count them.
      for await (const { after } of audit.export(organization, { action: 'run.outcomes' }))
        ofRuns.push(...(after as unknown as { runs: typeof ofRuns }).runs);
      return ofRuns;
    };
    const ours = await told('default');
    expect(ours.map(({ id }) => id).sort()).toEqual(runs.map(({ id }) => id).sort());
    expect(ours.filter(({ state }) => state === 'succeeded')).toHaveLength(8);
    expect(ours.find(({ id }) => id === poison)).toMatchObject({ unreadable: 'odd text' });
    expect((await told('globex')).map(({ id }) => id)).toEqual([good.id]);
    expect(world().logged.join('\n')).toContain(
      `The outcome of run ${poison} cannot be written into the trail of default`,
    );
    // What comes after is told as ever, and nothing twice.
    const last = await world().done(scheduler.runNow(task.id));
    await world().advance(60_000);
    const ids = (await told('default')).map(({ id }) => id);
    expect(ids).toHaveLength(10);
    expect(ids).toContain(last.id);
    expect(await audit.verify('default')).toMatchObject({ valid: true });
  });
});
