import { expect, it } from '@jest/globals';
import { hashOf, linked, type AuditDraft, type ChainPosition } from '../../src/audit/audit-entry.js';
import { AuditRetention } from '../../src/audit/audit-retention.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { AuditStore } from '../../src/audit/audit.store.js';
import { TrailGuard } from '../../src/audit/trail-guard.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, work } from '../support/engine-world.js';
import { withRawTrail, type RawEntry, type RawMarks, type RawTrail } from '../support/raw-trail.js';

/** The contents of the trail at some time. */
interface Copy {
  entries: RawEntry[];
  marks: RawMarks;
}

const draftOf = ({ body }: RawEntry): AuditDraft => {
  const { sequence: _, previous: __, ...draft } = JSON.parse(body) as AuditDraft & ChainPosition & { previous: string };
  return draft;
};

/** Entries after `end` as anybody can make them: linked and hashed, under the given seals. */
const relinked = (drafts: AuditDraft[], end: ChainPosition, seals: readonly (string | null)[] = []): RawEntry[] =>
  linked(drafts, end).map((record, index) => Object.assign(record, { seal: seals[index] ?? null }));

describeEngine('an audit trail that is written behind the back of the program', (world) => {
  const serviceOf = ({ module }: EngineInstance) => module.get(AuditService, { strict: false });
  const verify = (instance: EngineInstance, organization = 'default') => serviceOf(instance).verify(organization);
  const attack = (what: (trail: RawTrail) => Promise<void>) => withRawTrail(world().storeUrl, what);
  const copy = (): Promise<Copy> =>
    withRawTrail(world().storeUrl, async (trail) => ({ entries: await trail.entries(), marks: await trail.marks() }));
  /** An instance with a trail of `entries` entries. */
  const withTrail = async (entries = 6) => {
    const instance = await world().boot();
    for (let made = 0; made < entries; made++) await instance.scheduler.schedule(work({ name: `task ${made}` }));
    return instance;
  };
  /** Lets the instance add to the trail, by itself and by a user's request. */
  const goOn = async (instance: EngineInstance, times = 3) => {
    for (let made = 0; made < times; made++) {
      const { id } = await world().done(instance.scheduler.schedule(work()));
      await world().inState(await world().done(instance.scheduler.runNow(id)), 'succeeded');
    }
    for (let passed = 0; passed < 30_000; passed += 5000) {
      await world().clock.advance(5000);
      await world().settle();
    }
  };
  const rewrite = async (trail: RawTrail, seals: 'kept' | 'none' | 'moved') => {
    const [first, ...others] = await trail.entries();
    const drafts = others.map((entry) => ({ ...draftOf(entry), after: { name: 'forged' } }));
    const old = others.map(({ seal }) => seal);
    const given = { kept: old, none: [], moved: old.map(() => first!.seal) }[seals];
    await trail.replace([first!, ...relinked(drafts, first!, given)]);
  };

  /** What somebody can do with neither key nor program. Each attack must be detected, and stay detected. */
  const attacks: Record<string, (trail: RawTrail) => Promise<void>> = {
    'entries 2 to n rewritten under new hashes': (trail) => rewrite(trail, 'kept'),
    'entries 2 to n rewritten without seals': (trail) => rewrite(trail, 'none'),
    "entries 2 to n rewritten under another entry's seal": (trail) => rewrite(trail, 'moved'),
    'entries 2 to n rewritten, and no checkpoint left': async (trail) => {
      await rewrite(trail, 'none');
      await trail.replaceMarks([]);
      await trail.forgetBirths();
    },
    'forged entries behind the head': async (trail) => {
      const entries = await trail.entries();
      const forged = relinked([{ ...draftOf(entries[0]!), id: 'forged' }], entries.at(-1)!);
      await trail.replace([...entries, ...forged]);
    },
    'a forged entry far behind the head': async (trail) => {
      const entries = await trail.entries();
      const [forged] = relinked([draftOf(entries[0]!)], { sequence: Number.MAX_SAFE_INTEGER - 1, hash: 'ab' });
      await trail.replace([...entries, forged!]);
    },
    'a forged last entry whose text is not JSON': async (trail) => {
      const entries = await trail.entries();
      const body = '{"no';
      await trail.replace([
        ...entries,
        { ...entries[0]!, sequence: entries.length + 1, body, hash: hashOf(body), action: 'run.outcomes' },
      ]);
    },
    'forged outcomes that say that all was told': async (trail) => {
      const entries = await trail.entries();
      const draft = { ...draftOf(entries[0]!), action: 'run.outcomes', after: { to: { at: 1e15, id: 'z' } } };
      await trail.replace([...entries, ...relinked([draft], entries.at(-1)!)]);
    },
    'the end removed': async (trail) => trail.replace((await trail.entries()).slice(0, -2)),
    'all entries and checkpoints deleted': async (trail) => {
      await trail.replace([]);
      await trail.replaceMarks([]);
    },
    'all entries, checkpoints and beginnings deleted': async (trail) => {
      await trail.replace([]);
      await trail.replaceMarks([]);
      await trail.forgetBirths();
    },
  };

  it.each(Object.keys(attacks))('finds %s, and goes on recording behind it', async (name) => {
    const instance = await withTrail();
    await goOn(instance, 1);
    expect(await verify(instance)).toMatchObject({ valid: true });
    await attack(attacks[name]!);
    const found = await verify(instance);
    expect(found).toMatchObject({ valid: false });
    const ids = (await instance.scheduler.listRuns({}, { limit: 9 })).length;
    await goOn(instance);
    expect(await verify(instance)).toMatchObject({ valid: false });
    const trail = await instance.module.get(AuditStore, { strict: false }).list('default', {}, { limit: 1000 });
    expect(trail.filter(({ action }) => action === 'task.created').length).toBeGreaterThanOrEqual(3);
    expect((await instance.scheduler.listRuns({}, { limit: 20 })).length).toBe(ids + 3);
    expect(JSON.stringify(trail.filter(({ action }) => action === 'run.outcomes'))).toContain('succeeded');
    // What another instance knows comes from the store alone.
    const other = await world().boot();
    expect(await verify(other)).toMatchObject({ valid: false });
    await goOn(other, 1);
    expect(await verify(other)).toMatchObject({ valid: false });
  });

  it.each([{ sequence: 99 }, { at: 1 }, { signature: 'ab' }, { kind: 'base' }])(
    'finds a checkpoint altered to %o, and whoever finds it tells so',
    async (change) => {
      const instance = await withTrail();
      await attack(async (trail) => trail.replaceMarks((await trail.marks()).map((mark) => ({ ...mark, ...change }))));
      expect(await verify(instance)).toMatchObject({
        valid: false,
        firstInvalid: { reason: expect.stringMatching(/altered|missing/) },
      });
      await goOn(await world().boot(), 1);
      expect(await verify(instance)).toMatchObject({ valid: false });
      const { items } = await serviceOf(instance).list('default', { action: 'audit.broken' }, { limit: 9 });
      expect(items).not.toEqual([]);
    },
  );

  it('finds that all was deleted also when no instance remembers it', async () => {
    const instance = await withTrail();
    await instance.stop();
    await attack(attacks['all entries and checkpoints deleted']!);
    const next = await world().boot();
    expect(await verify(next)).toMatchObject({ valid: false, checked: 0, firstInvalid: { sequence: 1 } });
    await next.scheduler.schedule(work());
    expect(await verify(next)).toMatchObject({ valid: false, firstInvalid: { sequence: 1 } });
  });

  it('misses the trail of an organization that has tasks', async () => {
    const instance = await withTrail();
    await instance.stop();
    await attack(attacks['all entries, checkpoints and beginnings deleted']!);
    await world().clock.advance(120_000);
    expect(await verify(await world().boot())).toMatchObject({
      firstInvalid: { reason: 'there is no entry, and yet the organization has tasks' },
    });
  });

  it('finds an older state of the trail put back, as long as an instance remembers a later one', async () => {
    const instance = await withTrail();
    const before = await copy();
    await goOn(instance);
    await attack(async (trail) => {
      await trail.replace(before.entries);
      await trail.replaceMarks(before.marks);
    });
    expect((await verify(instance)).firstInvalid!.reason).toContain('this instance names entry');
    await goOn(instance);
    expect(await verify(instance)).toMatchObject({ valid: false });
    expect(await verify(await world().boot())).toMatchObject({ valid: false });
  });

  it('tells it once, in the log, in the trail and as a figure, and leaves other organizations alone', async () => {
    const instance = await withTrail();
    await instance.scheduler.for('umbrella').schedule(work());
    await attack(async (trail) => {
      const entries = await trail.entries();
      const own = entries.filter(({ organization }) => organization === 'default');
      const others = entries.filter(({ organization }) => organization !== 'default');
      const forged = relinked([{ ...draftOf(own[0]!), id: 'forged' }], own.at(-1)!);
      await trail.replace([...others, ...own, ...forged]);
    });
    await goOn(instance);
    await instance.scheduler.for('umbrella').schedule(work());
    const guard = instance.module.get(TrailGuard, { strict: false });
    expect(guard.alarms).toBe(1);
    expect(world().logged.filter((line) => line.includes('is not what was written'))).toHaveLength(1);
    const alarms = (await serviceOf(instance).list('default', { action: 'audit.broken' }, { limit: 9 })).items;
    expect(alarms).toMatchObject([
      { after: { reason: expect.any(String), known: { sequence: 6 }, found: { sequence: 7 } } },
    ]);
    expect(await serviceOf(instance).lastAlarm('default')).toEqual(alarms[0]);
    expect(await serviceOf(instance).lastAlarm('umbrella')).toBeNull();
    expect(await verify(instance, 'umbrella')).toMatchObject({ valid: true, checked: 2 });
  });

  it('believes no alarm that no instance wrote', async () => {
    const instance = await withTrail();
    await attack(async (trail) => {
      const entries = await trail.entries();
      const forged = { ...draftOf(entries[0]!), id: 'forged', action: 'audit.broken' };
      await trail.replace([...entries, ...relinked([forged], entries.at(-1)!)]);
    });
    const { items } = await serviceOf(instance).list('default', { action: 'audit.broken' }, { limit: 9 });
    expect(items).toHaveLength(1);
    expect(await serviceOf(instance).lastAlarm('default')).toBeNull();
  });

  it('forgets no forgery when retention removes it', async () => {
    const instance = await withTrail();
    await attack(attacks['entries 2 to n rewritten under new hashes']!);
    await world().clock.advance(1000);
    await instance.scheduler.schedule(work());
    const retention = instance.module.get(AuditRetention, { strict: false });
    expect(await retention.purge(world().clock.now(), 100)).toBeGreaterThan(5);
    await goOn(instance);
    expect(await verify(instance)).toMatchObject({ valid: false, firstInvalid: { sequence: 2 } });
    await world().advance(1000);
    while ((await retention.purge(world().clock.now(), 100)) > 1);
    expect(await verify(instance)).toMatchObject({ valid: false, firstInvalid: { sequence: 2 } });
  });

  it('shows a forged entry whose text is out of shape', async () => {
    const instance = await withTrail(2);
    await attack(attacks['a forged last entry whose text is not JSON']!);
    const [entry] = (await serviceOf(instance).list('default', {}, { limit: 1 })).items;
    expect(entry).toMatchObject({ sequence: 3, action: 'run.outcomes', before: null, after: null });
  });

  it('takes what an earlier version wrote, and nothing without a seal behind it', async () => {
    const instance = await withTrail(3);
    await instance.stop();
    const signer = world().earlierSigner();
    const asEarlier = (end: RawEntry): RawMarks => {
      const { at: _, broken: __, ...mark } = signer(end);
      const { keyId, ...rest } = mark;
      const own = world().storeUrl.startsWith('file:') ? { key_id: keyId } : { keyId };
      return [{ ...rest, ...own, ...(world().storeUrl.startsWith('file:') ? {} : { _id: '["default","head"]' }) }];
    };
    await attack(async (trail) => {
      const entries = (await trail.entries()).map((entry) => ({ ...entry, seal: null }));
      await trail.replace(entries);
      await trail.replaceMarks(asEarlier(entries.at(-1)!));
      await trail.forgetBirths();
    });
    const next = await world().boot();
    expect(await verify(next)).toMatchObject({ valid: true, checked: 3 });
    await next.scheduler.schedule(work());
    expect(await verify(next)).toMatchObject({ valid: true, checked: 4 });
    // An instance of the earlier version continues beside it, as in a rolling update.
    await attack(async (trail) => {
      const entries = await trail.entries();
      const marks = (await trail.marks()).filter(({ kind }) => kind !== 'head');
      const added = relinked([{ ...draftOf(entries[0]!), id: 'another' }], entries.at(-1)!);
      await trail.replace([...entries, ...added]);
      await trail.replaceMarks([...marks, ...asEarlier(added[0]!)]);
    });
    await next.scheduler.schedule(work());
    expect(await verify(next)).toMatchObject({ valid: true, checked: 6 });
    await attack((trail) => rewrite(trail, 'none'));
    expect(await verify(next)).toMatchObject({ valid: false });
  });
});
