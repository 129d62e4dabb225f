import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { AuditStore } from './audit/audit.store.js';
import { CheckpointSigner } from './audit/checkpoint-signer.js';
import { EntrySeals } from './audit/entry-seals.js';
import { SystemClock } from './clock/system-clock.js';
import { generatedKey } from './secrets/generated-key.js';
import { KeyRing } from './secrets/key-ring.js';
import { Resealer } from './secrets/resealer.js';
import { SealedStore } from './secrets/sealed.store.js';
import { Sealer } from './secrets/sealer.js';
import { SecretsService } from './secrets/secrets.service.js';
import { dataDirectory } from './settings/data-directory.js';
import { loadSettings } from './settings/load-settings.js';
import type { Settings } from './settings/settings.js';
import { readSettingsFile } from './settings/settings-file.js';
import { StorageModule } from './storage/storage.module.js';

async function ringOf({ encryptionKeys, storeUrl }: Settings): Promise<KeyRing> {
  if (encryptionKeys !== null) return KeyRing.parse(encryptionKeys);
  return KeyRing.single('generated', await generatedKey(join(dataDirectory({ storeUrl }), 'encryption.key')));
}

/** Seals everything in the store under the first key of the ring; services may run meanwhile. */
async function reseal(settings: Settings): Promise<void> {
  const ring = await ringOf(settings);
  const storage = await StorageModule.forRoot(settings.storeUrl);
  const context = await NestFactory.createApplicationContext(storage, { logger: false, abortOnError: false });
  try {
    const clock = new SystemClock();
    const secrets = new SecretsService(new Sealer(ring));
    const stores = [context.get(SealedStore, { strict: false }), context.get(AuditStore, { strict: false })] as const;
    const { tasks, checkpoints, remaining } = await new Resealer(
      ring,
      secrets,
      ...stores,
      new CheckpointSigner(ring),
      new EntrySeals(ring),
      () => clock.now(),
    ).resealAll();
    console.log(
      `Under the key ${ring.first.id} now: the secrets of ${tasks} tasks, ${checkpoints} checkpoints. Left: ${remaining}.`,
    );
    if (remaining > 0) process.exitCode = 2;
  } finally {
    await context.close();
  }
}

Promise.resolve()
  .then(() => reseal(loadSettings(process.env, readSettingsFile())))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
