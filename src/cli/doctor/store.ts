import { stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ringOf } from '../../resealing.js';
import { dataDirectory } from '../../settings/data-directory.js';
import { settingsOf } from '../../settings/load-settings.js';
import { openStorage } from '../../storage/open-storage.js';
import { upkeepOf } from '../../storage/open-upkeep.js';
import type { OpenStorage } from '../../storage/storage.js';
import type { StoreUpkeep } from '../../storage/upkeep.js';
import type { Call } from '../command.js';
import { counted } from '../../domain/counted.js';
import { bytes } from '../terminal/amounts.js';
import { fault, type Finding, found, ok, shown, warning } from './findings.js';
import { keysUsed } from './keys-used.js';

const LEAST_FREE = 256_000_000;
const LATE_MS = 60_000;

/** `doctor --store URL`: examines an embedded store, and changes nothing in it. */
export async function examineStore(call: Call, storeUrl: string): Promise<number> {
  const upkeep = await upkeepOf(storeUrl);
  const schema = await found('schema', () => schemaOf(upkeep));
  const findings = [
    schema,
    await found('indexes', () => indexes(upkeep)),
    await found('disk', () => disk(upkeep.path)),
  ];
  // To open a store of another schema is to change it.
  if (schema.state === 'ok') findings.push(...(await inside(call, storeUrl)));
  return shown(call, findings);
}

async function schemaOf(upkeep: StoreUpkeep): Promise<Finding> {
  const { version, needed, newest, pending } = await upkeep.schema();
  if (needed > newest) return fault('schema', `${version}: it needs a newer program`);
  if (pending.length > 0)
    return warning('schema', `${version}: ${counted(pending.length, 'step')} to ${newest}; migrate`);
  return ok('schema', String(version));
}

async function indexes(upkeep: StoreUpkeep): Promise<Finding> {
  const missing = await upkeep.missing();
  if (missing.length > 0) return fault('indexes', `missing: ${missing.join(', ')}`);
  return ok('indexes', 'all tables, indexes and triggers are there');
}

async function disk(path: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(dirname(path));
  const free = bavail * bsize;
  return (free < LEAST_FREE ? fault : ok)('disk', `${bytes(free)} free`);
}

async function inside({ terminal }: Call, storeUrl: string): Promise<Finding[]> {
  const storage = await openStorage(storeUrl);
  try {
    return [
      await found('round trip', async () => {
        const begun = terminal.clock.monotonic();
        await storage.ports.health.ping();
        return ok('round trip', `${(terminal.clock.monotonic() - begun).toFixed(1)} ms for a write`);
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
