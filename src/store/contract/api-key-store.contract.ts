import type { ApiKey } from '../../auth/api-key.store.js';
import { T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf } from './lists.js';

const apiKey = (id: string, fields: Partial<ApiKey> = {}): ApiKey => ({
  id,
  organization: 'acme',
  name: 'the nightly build',
  prefix: `trk_${id}`,
  hash: 'ab'.repeat(32),
  roles: ['viewer', 'operator'],
  createdBy: 'ann',
  createdAt: T0,
  expiresAt: T0 + 1000,
  lastUsedAt: null,
  ...fields,
});

/** The API keys of programs. */
export function describeApiKeyStore({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);

    it('finds keys of every organization by their prefix, as they were stored', async () => {
      const { apiKeys } = store();
      await apiKeys.insert(apiKey('k-1'));
      await apiKeys.insert(apiKey('k-2', { organization: 'umbrella', roles: ['admin'], lastUsedAt: T0 }));
      await apiKeys.insert(apiKey('k-1', { name: 'again' }));
      expect(await apiKeys.find('trk_k-1')).toEqual(apiKey('k-1'));
      expect((await apiKeys.find('trk_k-2'))?.organization).toBe('umbrella');
      expect(await apiKeys.find('trk_k-3')).toBeNull();
    });

    it("lists an organization's keys, newest first, in pages", async () => {
      const { apiKeys } = store();
      for (const id of ['k-1', 'k-3', 'k-2']) await apiKeys.insert(apiKey(id));
      await apiKeys.insert(apiKey('k-4', { organization: 'umbrella' }));
      expect(idsOf(await apiKeys.list('acme', { limit: 2 }))).toEqual(['k-3', 'k-2']);
      expect(idsOf(await apiKeys.list('acme', { after: 'k-2', limit: 2 }))).toEqual(['k-1']);
    });

    it('removes and marks only what is in the organization', async () => {
      const { apiKeys } = store();
      await apiKeys.insert(apiKey('k-1'));
      expect(await apiKeys.remove('umbrella', 'k-1')).toBeNull();
      await apiKeys.touch('umbrella', 'k-1', T0 + 1);
      expect(await apiKeys.find('trk_k-1')).toEqual(apiKey('k-1'));
      await apiKeys.touch('acme', 'k-1', T0 + 2);
      expect(await apiKeys.remove('acme', 'k-1')).toEqual(apiKey('k-1', { lastUsedAt: T0 + 2 }));
      await apiKeys.touch('acme', 'k-1', T0 + 3);
      expect(await apiKeys.find('trk_k-1')).toBeNull();
      expect(await apiKeys.remove('acme', 'k-1')).toBeNull();
    });
  });
}
