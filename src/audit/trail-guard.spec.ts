import { expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import { KeyRing } from '../secrets/key-ring.js';
import { ENGINE } from './actor.js';
import { GENESIS, linked, type AuditDraft, type AuditRecord } from './audit-entry.js';
import type { AuditStore } from './audit.store.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { TrailGuard } from './trail-guard.js';
import { positionOf } from './trail-marks.js';

const ring = KeyRing.parse(`test:${Buffer.alloc(32).toString('base64')}`);
const seals = new EntrySeals(ring);
const draft = (id: string): AuditDraft => ({
  id,
  at: 0,
  organization: 'acme',
  actor: ENGINE,
  action: 'task.created',
  object: { type: 'task', id: 'task-1' },
  objects: ['task-1'],
  before: null,
  after: null,
});

/** A guard of a trail with the entries, while the store is asked for whose end another writer of its instance goes on. */
function guardOf(entries: AuditRecord[], meanwhile: (guard: TrailGuard) => Promise<void>): TrailGuard {
  const store = {
    checkpoints: () => Promise.resolve([]),
    putCheckpoint: () => Promise.resolve(),
    last: () => Promise.resolve(null),
    chain: () => Promise.resolve([]),
    list: async () => {
      const last = entries.at(-1)!;
      await meanwhile(guard);
      return [last];
    },
  };
  const guard = new TrailGuard(store as unknown as AuditStore, new CheckpointSigner(ring), seals, new SettableClock(0));
  return guard;
}

it('misses no entry that another writer of the same instance adds while the store is asked for the end', async () => {
  const [first, second] = linked([draft('1'), draft('2')], GENESIS, seals.of) as [AuditRecord, AuditRecord];
  const guard = guardOf([first], (own) => own.wrote('acme', positionOf(second)));
  const { end, alarm } = await guard.look('acme');
  expect([end.sequence, alarm, guard.alarms]).toEqual([1, null, 0]);
});

it('misses an entry that it knew before', async () => {
  const [first, second] = linked([draft('1'), draft('2')], GENESIS, seals.of) as [AuditRecord, AuditRecord];
  const guard = guardOf([first], () => Promise.resolve());
  await guard.wrote('acme', positionOf(second));
  expect((await guard.look('acme')).alarm).toMatchObject({ action: 'audit.broken' });
});
