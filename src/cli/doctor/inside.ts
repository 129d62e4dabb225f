import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ringOf } from '../../resealing.js';
import { dataDirectory, embeddedStorePath } from '../../settings/data-directory.js';
import { settingsOf } from '../../settings/load-settings.js';
import { openStorage } from '../../storage/open-storage.js';
import type { OpenStorage } from '../../storage/storage.js';
import type { Call } from '../command.js';
import { fault, type Finding, found, ok, warning } from './findings.js';
import { keysUsed } from './keys-used.js';

const LATE_MS = 60_000;

/** Examines what is in a store that has the schema and the indexes of this program: to open another one is to change it. */
export async function inside({ terminal }: Call, storeUrl: string): Promise<Finding[]> {
  const storage = await openStorage(storeUrl);
  const what = embeddedStorePath(storeUrl) === null ? 'a read of the primary' : 'a write';
  try {
    return [
      await found('round trip', async () => {
        const begun = terminal.clock.monotonic();
        await storage.ports.health.ping();
        return ok('round trip', `${(terminal.clock.monotonic() - begun).toFixed(1)} ms for ${what}`);
      }),
      await found('keys', () => keys(storage, settingsOf(terminal.env).encryptionKeys, storeUrl)),
      await found('overdue', () => overdue(storage, terminal.clock.now())),
    ];
  } finally {
    await storage.close();
  }
}

/** Whether each key is there that something is sealed with. Unlike the service, it makes none. */
async function keys({ ports }: OpenStorage, encryptionKeys: string | null, storeUrl: string): Promise<Finding> {
  const used = await keysUsed(ports);
  if (used.size === 0) return ok('keys', 'nothing is sealed');
  if (encryptionKeys === null) {
    if (embeddedStorePath(storeUrl) === null)
      return fault('keys', 'secrets are sealed, and ENCRYPTION_KEYS is not set');
    const file = join(dataDirectory({ storeUrl }), 'encryption.key');
    if (!(await stat(file).catch(() => null))) {
      return fault('keys', `secrets are sealed, ENCRYPTION_KEYS is not set, and ${file} is missing`);
    }
  }
  const ring = await ringOf({ encryptionKeys, storeUrl });
  const lacking = [...used].filter((id) => !ring.get(id));
  if (lacking.length > 0)
    return fault('keys', `secrets are sealed with keys that ENCRYPTION_KEYS lacks: ${lacking.join(', ')}`);
  return ok('keys', `${[...used].join(', ')}: there`);
}

async function overdue({ readers }: OpenStorage, now: number): Promise<Finding> {
  const [first] = await readers.tasks.dueBetween({ from: 0, before: now - LATE_MS, limit: 1 });
  if (!first) return ok('overdue', 'nothing was due a minute ago and has not begun');
  return warning('overdue', `${first.definition.name} of ${first.organization} was due more than a minute ago`);
}
