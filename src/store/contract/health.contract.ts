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

    it('tells of its clock and its file while it is open, each only where it has one of its own', async () => {
      const { clockAt, file } = await store().health.figures();
      if (clockAt !== null) expect(60_000 - Math.abs(clockAt - Date.now())).toBeGreaterThan(0);
      if (file !== null) {
        expect(file.bytes).toBeGreaterThan(0);
        expect(file.bytes - file.freeBytes).toBeGreaterThan(0);
        expect(file.freeBytes).toBeGreaterThan(-1);
        expect(file.walBytes).toBeGreaterThan(-1);
        expect(file.diskFreeBytes).toBeGreaterThan(-1);
      }
      await store().close();
      await expect(store().health.figures()).rejects.toBeInstanceOf(StoreUnavailableError);
    });
  });
}
