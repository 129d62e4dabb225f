import { randomBytes } from 'node:crypto';
import { ENGINE } from '../../audit/actor.js';
import { GENESIS, linked } from '../../audit/audit-entry.js';
import { CheckpointSigner } from '../../audit/checkpoint-signer.js';
import { EntrySeals } from '../../audit/entry-seals.js';
import { TrailProof } from '../../audit/trail-proof.js';
import { KeyRing } from '../../secrets/key-ring.js';
import { Resealer } from '../../secrets/resealer.js';
import { Sealer } from '../../secrets/sealer.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { aTask } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { times } from './lists.js';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [old, lost, recent] = [key('old'), key('lost'), key('recent')];
const secretsOf = (keys: string) => new SecretsService(new Sealer(KeyRing.parse(keys)));

/** Sealed secrets where they are stored, and how they are sealed again with another key. */
export function describeSealedStore({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    const resealer = (keys: string) => {
      const { sealed, audit } = store();
      const ring = KeyRing.parse(keys);
      return new Resealer(
        ring,
        secretsOf(keys),
        sealed,
        audit,
        new CheckpointSigner(ring),
        new EntrySeals(ring),
        () => 1,
      );
    };
    const withSecret = (under: string, value: string) => {
      const task = aTask();
      return { ...task, secrets: secretsOf(under).sealAll(task, { token: value }) };
    };

    it('brings secrets and checkpoints under the first key and leaves everything else as it is', async () => {
      const { tasks, audit } = store();
      const [first, second, plain] = [withSecret(old, 'one'), withSecret(recent, 'two'), aTask()];
      await tasks.insert([first, second, plain]);
      const head = new CheckpointSigner(KeyRing.parse(old)).sign('acme', 'head', { sequence: 3, hash: 'ab' });
      await audit.putCheckpoint(head);
      const both = `${recent},${old}`;
      expect(await resealer(both).resealAll()).toEqual({ tasks: 1, checkpoints: 1, remaining: 0 });
      expect(await resealer(both).resealAll()).toEqual({ tasks: 0, checkpoints: 0, remaining: 0 });
      const after = (await tasks.get('acme', first.id))!;
      expect(secretsOf(recent).openAll(after)).toEqual({ token: 'one' });
      expect({ ...after, secrets: first.secrets }).toEqual(first);
      expect(await tasks.get('acme', second.id)).toEqual(second);
      expect(await tasks.get('acme', plain.id)).toEqual(plain);
      const signed = (await audit.checkpoint('acme', 'head'))!;
      expect(new CheckpointSigner(KeyRing.parse(recent)).fault(signed)).toBeNull();
      expect(signed).toMatchObject({ sequence: 3, hash: 'ab' });
    });

    it('answers for entries whose key is to go, and for none that somebody forged', async () => {
      const { audit } = store();
      const drafts = [1, 2, 3].map((at) => ({
        ...{ id: `e${at}`, organization: 'acme', at, actor: ENGINE, action: 'task.created', before: null, after: at },
        ...{ object: { type: 'task', id: 't' } as const, objects: ['t'] },
      }));
      const under = (keys: string) =>
        [new CheckpointSigner(KeyRing.parse(keys)), new EntrySeals(KeyRing.parse(keys))] as const;
      const proven = (keys: string) => new TrailProof(audit, ...under(keys)).of('acme');
      const [signer, seals] = under(old);
      const records = linked(drafts.slice(0, 2), GENESIS, seals.of);
      await audit.append(records, signer.sign('acme', 'head', records[1]!, { at: 1 }));
      const both = `${recent},${old}`;
      expect((await proven(recent)).wrong).not.toBeNull();
      expect(await resealer(both).resealAll()).toEqual({ tasks: 0, checkpoints: 2, remaining: 0 });
      expect(await proven(recent)).toMatchObject({ wrong: null, checked: 2 });
      expect(await resealer(both).resealAll()).toEqual({ tasks: 0, checkpoints: 0, remaining: 0 });
      const forged = linked(drafts.slice(2), records[1]!, () => 'old.forged');
      await audit.append(forged, under(recent)[0].sign('acme', 'head', forged[0]!, { at: 1 }));
      await resealer(both).resealAll();
      expect(await proven(both)).toMatchObject({ wrong: { sequence: 3 }, checked: 2 });
      expect(await resealer(recent).resealAll()).toMatchObject({ remaining: 1 });
    });

    it('tells how many it had to leave because their key is missing', async () => {
      await store().tasks.insert([withSecret(lost, 'gone'), withSecret(old, 'one')]);
      expect(await resealer(`${recent},${old}`).resealAll()).toEqual({ tasks: 1, checkpoints: 0, remaining: 1 });
    });

    it('signs checkpoints anew behind any number of those that have to stay as they are', async () => {
      const { audit } = store();
      const signed = (organization: string, keys: string) =>
        new CheckpointSigner(KeyRing.parse(keys)).sign(organization, 'head', { sequence: 1, hash: 'ab' });
      const [left, good] = [times(450, (i) => `a-${i}`), times(30, (i) => `b-${i}`)];
      await Promise.all(left.map((each) => audit.putCheckpoint(signed(each, lost))));
      await Promise.all(good.map((each) => audit.putCheckpoint(signed(each, old))));
      expect(await resealer(`${recent},${old}`).resealAll()).toMatchObject({ checkpoints: 30, remaining: 450 });
      expect(await audit.checkpointsNotUnder('recent', 999)).toHaveLength(450);
    });

    it('replaces nothing that was changed since it was read', async () => {
      const { tasks, sealed } = store();
      const task = withSecret(old, 'one');
      await tasks.insert([task]);
      const [read] = await sealed.page('', 9);
      const changed = { ...task, secrets: secretsOf(old).sealAll(task, { token: 'two' }), generation: 2 };
      expect(await tasks.replace('acme', changed, task)).toBe(true);
      expect(await sealed.replace(read!, { token: 'stale' })).toBe(false);
      expect(await tasks.get('acme', task.id)).toEqual(changed);
    });
  });
}
