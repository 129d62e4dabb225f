import type { OrganizationSettings } from '../domain/organization-settings.js';

/** The settings of an organization with the number of times they were written. */
export interface StoredSettings {
  settings: OrganizationSettings;
  version: number;
}

/** Settings as they are stored, under a key and with the number of times they were written. */
export interface StoredUnder {
  settings: object;
  version: number;
}

/** Keeps what organizations have set, under their names, and what was set for them, under keys that are no names. */
export abstract class SettingsStore {
  /** What is set under the key, or null when nothing ever was. */
  abstract get(key: string): Promise<StoredUnder | null>;

  /**
   * Replaces the settings as a whole if their version is still `version`, 0 where there are none, and counts it up;
   * tells whether it was.
   */
  abstract put(key: string, settings: object, version: number): Promise<boolean>;
}
