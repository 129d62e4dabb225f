import type { OrganizationSettings } from '../domain/organization-settings.js';

/** The settings of an organization with the number of times they were written. */
export interface StoredSettings {
  settings: OrganizationSettings;
  version: number;
}

/** Keeps what organizations have set. */
export abstract class SettingsStore {
  /** What the organization has set, or null when it never has. */
  abstract get(organization: string): Promise<StoredSettings | null>;

  /**
   * Replaces the settings as a whole if their version is still `version`, 0 where there are none, and counts it up;
   * tells whether it was.
   */
  abstract put(organization: string, settings: OrganizationSettings, version: number): Promise<boolean>;
}
