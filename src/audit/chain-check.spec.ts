import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyRing } from '../secrets/key-ring.js';
import { ENGINE } from './actor.js';
import { GENESIS, hashOf, linked, recordOf, type AuditRecord, type InvalidEntry } from './audit-entry.js';
import { ChainCheck } from './chain-check.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { TrailMarks } from './trail-marks.js';

const ring = KeyRing.single('k1', randomBytes(32));
const [signer, seals] = [new CheckpointSigner(ring), new EntrySeals(ring)];

function chain(length: number): AuditRecord[] {
  const drafts = Array.from({ length }, (_, index) => ({
    ...{ id: `e${index}`, organization: 'acme', at: 1000 + index, actor: ENGINE, action: 'task.created' },
    ...{ object: { type: 'task', id: `t${index}` } as const, objects: [`t${index}`], before: null, after: index },
  }));
  return linked(drafts, GENESIS, seals.of);
}

/** Checks a chain against the signed head of `original`; returns the fault. */
function found(records: readonly AuditRecord[], original: readonly AuditRecord[]): InvalidEntry | null {
  const head = signer.sign('acme', 'head', original.at(-1)!, { at: 1 });
  const check = new ChainCheck('acme', new TrailMarks([head]), seals);
  for (const record of [...records].sort((a, b) => a.sequence - b.sequence)) {
    const wrong = check.next(record);
    if (wrong) return wrong;
  }
  return check.finish();
}

const changedText = (text: string, at: number): string =>
  text.slice(0, at % text.length) + (text[at % text.length] === 'x' ? 'y' : 'x') + text.slice((at % text.length) + 1);

/** What an attacker who can write to the database may do to the entry at `index`. */
const attacks: Record<string, (records: AuditRecord[], index: number, seed: number) => AuditRecord[]> = {
  removal: (records, index) => records.toSpliced(index, 1),
  truncation: (records, index) => records.slice(0, index),
  'removal of the beginning': (records, index) => records.slice(index + 1),
  'a changed text': (records, index, seed) =>
    records.with(index, { ...records[index]!, body: changedText(records[index]!.body, seed) }),
  'a changed text under its new hash': (records, index) => {
    const body = records[index]!.body.replace('task.created', 'task.removed');
    return records.with(index, recordOf(body, hashOf(body)));
  },
  'a changed hash': (records, index, seed) =>
    records.with(index, { ...records[index]!, hash: changedText(records[index]!.hash, seed) }),
  'what is searched': (records, index, seed) => {
    const fields = [{ actor: 'bob' }, { action: 'task.paused' }, { at: 1 }, { objects: [] }, { organization: 'b' }];
    return records.with(index, { ...records[index]!, ...fields[seed % fields.length] });
  },
  'an exchange of two': (records, index) => {
    const other = (index + 1) % records.length;
    const [a, b] = [records[index]!, records[other]!];
    return records.with(index, { ...b, sequence: a.sequence }).with(other, { ...a, sequence: b.sequence });
  },
  'a rewritten rest': (records, index) => {
    const drafts = records
      .slice(index)
      .map(({ body }) => ({ ...(JSON.parse(body) as never as object), after: 'forged' }));
    return [...records.slice(0, index), ...linked(drafts as never, records[index - 1] ?? GENESIS)];
  },
};

describe('ChainCheck', () => {
  it('finds nothing wrong with a chain as it was written, or one that went on since', () => {
    expect(found(chain(20), chain(20))).toBeNull();
    expect(found(chain(20), chain(20).slice(0, 15))).toBeNull();
  });

  it.each(Object.keys(attacks))('finds %s at any place', (name) => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(), fc.nat(), (length, place, seed) => {
        const original = chain(length);
        const index = place % length;
        const wrong = found(attacks[name]!(original, index, seed), original);
        expect(wrong).not.toBeNull();
        // Found at its position; for two exchanged entries, at the first of them.
        const first = name === 'an exchange of two' ? Math.min(index, (index + 1) % length) : index;
        expect(wrong!.sequence).toBe(name === 'removal of the beginning' ? 1 : first + 1);
      }),
      { numRuns: 60 },
    );
  });

  it('accepts no checkpoint that was altered or that another key signed', () => {
    const head = signer.sign('acme', 'head', { sequence: 5, hash: 'aa' });
    expect(signer.fault(head)).toBeNull();
    const others = [{ sequence: 4 }, { hash: 'bb' }, { organization: 'b' }, { kind: 'base' as const }, { at: 7 }];
    for (const altered of [...others, { broken: { sequence: 1, reason: 'x' } }])
      expect(signer.fault({ ...head, ...altered })).toMatch(/altered/);
    const timed = signer.sign(
      'acme',
      'base',
      { sequence: 5, hash: 'aa' },
      { at: 7, broken: { sequence: 1, reason: 'x' } },
    );
    expect(signer.fault(timed)).toBeNull();
    expect(signer.fault({ ...timed, at: 8 })).toMatch(/altered/);
    expect(signer.fault({ ...timed, broken: null })).toMatch(/altered/);
    expect(new CheckpointSigner(KeyRing.single('k2', randomBytes(32))).fault(head)).toMatch(/not in the key ring/);
  });
});
