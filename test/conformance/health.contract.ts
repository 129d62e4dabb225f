import { describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import type { OpenFixture } from './fixture.js';
import { withFixture } from './with-fixture.js';

/** Whether the store can be used right now. */
export function describeHealth(name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    it('gives a sign of life while it is open, and says when it is not', async () => {
      await expect(store().health.ping()).resolves.toBeUndefined();
      await store().close();
      await expect(store().health.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
    });
  });
}
