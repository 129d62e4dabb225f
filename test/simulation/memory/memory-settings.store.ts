import type { OrganizationSettings } from '../../../src/domain/organization-settings.js';
import { SettingsStore, type StoredSettings } from '../../../src/organizations/settings.store.js';
import { copyOf, type MemoryData } from './memory-data.js';

/** Keeps what organizations have set in memory. */
export class MemorySettingsStore extends SettingsStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async get(organization: string): Promise<StoredSettings | null> {
    return Promise.resolve(copyOf(this.data.settings.get(organization) ?? null));
  }

  async put(organization: string, settings: OrganizationSettings, version: number): Promise<boolean> {
    const isSame = (this.data.settings.get(organization)?.version ?? 0) === version;
    if (isSame) this.data.settings.set(organization, { settings: copyOf(settings), version: version + 1 });
    return Promise.resolve(isSame);
  }
}
