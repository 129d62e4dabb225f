import type { Terminal } from '../terminal/terminal.js';
import { withSecretFiles } from '../../settings/secret-files.js';

/** How a command names a store. */
export interface StoreOption {
  store?: string;
}

/** The address of the store that a call means: the one that the service would use, unless it names one. */
export async function storeUrlOf({ store }: StoreOption, { env }: Terminal): Promise<string> {
  if (store !== undefined) return store;
  const { env: read } = withSecretFiles(env);
  if (read['STORE_URL']) return read['STORE_URL'];
  const { settingsOf } = await import('../../settings/load-settings.js');
  return settingsOf({ CONFIG_FILE: env['CONFIG_FILE'] }).storeUrl;
}
