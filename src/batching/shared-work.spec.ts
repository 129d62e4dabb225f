import { describe, expect, it } from '@jest/globals';
import { askedBy, askerGone } from './asker.js';
import { SharedWork } from './shared-work.js';

/** Work that ends when the test says so. */
function aWorld() {
  const shared = new SharedWork<AbortSignal | undefined>();
  const ends: { resolve: (gone: AbortSignal | undefined) => void; reject: (error: Error) => void }[] = [];
  const ask = (name: string) =>
    shared.of(name, () => new Promise<AbortSignal | undefined>((resolve, reject) => ends.push({ resolve, reject })));
  return { shared, ends, ask };
}

describe('SharedWork', () => {
  it('is done once for all who ask meanwhile, and again for whoever asks later', async () => {
    const { ask, ends } = aWorld();
    const first = [ask('a'), ask('a'), ask('b')];
    expect(ends).toHaveLength(2);
    for (const { resolve } of ends) resolve(undefined);
    await Promise.all(first);
    void ask('a');
    expect(ends).toHaveLength(3);
  });

  it('fails for all who ask meanwhile, and not for whoever asks later', async () => {
    const { ask, ends } = aWorld();
    const first = [ask('a'), ask('a')];
    ends[0]!.reject(new Error('away'));
    for (const outcome of await Promise.allSettled(first)) expect(outcome.status).toBe('rejected');
    const later = ask('a');
    ends[1]!.resolve(undefined);
    await expect(later).resolves.toBeUndefined();
  });

  it('does not depend on who asked first', async () => {
    const shared = new SharedWork<AbortSignal | undefined>();
    const { signal } = new AbortController();
    const seen = await askedBy(signal, () => shared.of('a', () => Promise.resolve(askerGone())));
    expect(seen).toBeUndefined();
    expect(askedBy(signal, askerGone)).toBe(signal);
  });
});
