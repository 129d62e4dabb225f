import { describe, expect, it } from '@jest/globals';
import type { Presence } from './presence.js';
import { Slots } from './slots.js';

const presence = { isShared: () => false, note: () => undefined } as unknown as Presence;

describe('Slots', () => {
  it('give an organization no further slot while its runs take as much memory as they may', () => {
    const slots = new Slots(100, presence, () => 1, { monotonic: () => 0 }, 1_000_000);
    const run = (id: string, organization = 'acme') => ({ id, organization });
    slots.hold(run('a'), 400_000);
    expect(slots.admits('acme')).toBe(true);
    slots.hold(run('b'), 200_000);
    expect([slots.admits('acme'), slots.admits('umbrella')]).toEqual([false, true]);
    expect(slots.heldUp()).toEqual([{ organization: 'acme', slots: 0, rule: 'memory' }]);
    // The same run is held once; a small one does not count.
    slots.hold(run('b'), 50_000);
    for (let small = 0; small < 1000; small++) slots.hold(run(`small-${small}`), 1000);
    expect(slots.admits('acme')).toBe(true);
    slots.hold(run('c', 'umbrella'), 2_000_000);
    expect([slots.admits('acme'), slots.admits('umbrella'), slots.admits('zeta')]).toEqual([false, false, true]);
    slots.letGo('c');
    slots.letGo('c');
    expect([slots.admits('acme'), slots.admits('umbrella')]).toEqual([true, true]);
  });
});
