import { organizationSettingsSchema } from '../../domain/organization-settings.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { times } from './lists.js';

const settings = (date: string) =>
  organizationSettingsSchema.parse({ calendars: { 'public.holidays': { dates: [date] } } });

/** The settings of organizations. */
export function describeSettingsStore(
  { describe, it, expect, withFixture }: Kit,
  name: string,
  open: OpenFixture,
): void {
  describe(name, () => {
    const store = withFixture(open);

    it('knows nothing of an organization that has set nothing', async () => {
      expect(await store().settings.get('acme')).toBeNull();
    });

    it('keeps settings as they are, by organization, and counts their versions', async () => {
      const { settings: kept } = store();
      expect(await kept.put('acme', settings('2027-01-01'), 0)).toBe(true);
      expect(await kept.get('acme')).toEqual({ settings: settings('2027-01-01'), version: 1 });
      expect(await kept.put('acme', settings('2027-12-25'), 1)).toBe(true);
      expect(await kept.get('acme')).toEqual({ settings: settings('2027-12-25'), version: 2 });
      expect(await kept.get('umbrella')).toBeNull();
    });

    it('keeps what is set for an organization beside what it has set itself', async () => {
      const { settings: kept } = store();
      const key = JSON.stringify(['grants', 'acme']);
      expect(await kept.put(key, { weight: 3 }, 0)).toBe(true);
      expect(await kept.get('acme')).toBeNull();
      expect(await kept.put('acme', settings('2027-01-01'), 0)).toBe(true);
      expect(await kept.get(key)).toEqual({ settings: { weight: 3 }, version: 1 });
    });

    it('lists what is set, by its keys', async () => {
      const { settings: kept } = store();
      for (const key of ['umbrella', 'acme', 'beta']) await kept.put(key, { of: key }, 0);
      const first = await kept.list('', 2);
      expect(first).toEqual(['acme', 'beta'].map((key) => ({ key, settings: { of: key }, version: 1 })));
      expect((await kept.list('beta', 2)).map(({ key }) => key)).toEqual(['umbrella']);
      expect(await kept.list('umbrella', 2)).toEqual([]);
    });

    it('replaces no other version than the named one', async () => {
      const { settings: kept } = store();
      expect(await kept.put('acme', settings('2027-01-01'), 1)).toBe(false);
      await kept.put('acme', settings('2027-01-01'), 0);
      for (const version of [0, 2]) expect(await kept.put('acme', settings('2027-12-25'), version)).toBe(false);
      expect(await kept.get('acme')).toEqual({ settings: settings('2027-01-01'), version: 1 });
    });

    it('lets one of several writers of a version through', async () => {
      const second = await store().reopen();
      for (const version of [0, 1]) {
        const done = await Promise.all(
          times(8, (i) => (i % 2 ? store() : second).settings.put('acme', settings(`2027-01-0${i + 1}`), version)),
        );
        expect(done.filter(Boolean)).toHaveLength(1);
      }
    });
  });
}
