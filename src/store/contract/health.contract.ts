import { StoreUnavailableError } from '../../domain/errors.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';

/** Whether the store can be used right now. */
export function describeHealth({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    it('gives a sign of life while it is open, and says when it is not', async () => {
      await expect(store().health.ping()).resolves.toBeUndefined();
      await store().close();
      await expect(store().health.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
    });
  });
}
