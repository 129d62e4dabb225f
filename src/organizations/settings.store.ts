import type { OrganizationSettings } from '../domain/organization-settings.js';

/** The settings of an organization, and how many times they were written. */
export interface StoredSettings {
  settings: OrganizationSettings;
  version: number;
}

/** Settings as stored under a key, and how many times they were written. */
export interface StoredUnder {
  settings: object;
  version: number;
  /** Why they cannot be read, where that is so; then they are empty. */
  unreadable?: string;
}

/**
 * Keeps the settings of organizations, under their names, and the operator's settings for them, under keys that are no
 * names.
 */
export abstract class SettingsStore {
  /** The settings under the key, or null if there never were any. */
  abstract get(key: string): Promise<StoredUnder | null>;

  /** What is stored under the keys after `after`, in their order, at most `limit`. */
  abstract list(after: string, limit: number): Promise<(StoredUnder & { key: string })[]>;

  /**
   * Replaces the settings as a whole if their version is still `version` (0 when there are none), and increments the
   * version; resolves to whether it did.
   */
  abstract put(key: string, settings: object, version: number): Promise<boolean>;
}
