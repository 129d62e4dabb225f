import { SettingsError } from '../../domain/errors.js';
import { withSecretFiles } from '../../settings/secret-files.js';
import type { Terminal } from '../terminal/terminal.js';

/** How a command names a store. */
export interface StoreOption {
  store?: string;
}

/** The address of the store that a call means: the one that the service would use, unless it names one. @throws SettingsError */
export async function storeUrlOf({ store }: StoreOption, { env }: Terminal): Promise<string> {
  if (store !== undefined) return store;
  const { STORE_URL, STORE_URL_FILE } = env;
  const { env: read, faults } = withSecretFiles({ STORE_URL, STORE_URL_FILE });
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  if (read['STORE_URL']) return read['STORE_URL'];
  const { settingsOf } = await import('../../settings/load-settings.js');
  return settingsOf({ CONFIG_FILE: env['CONFIG_FILE'] }).storeUrl;
}
