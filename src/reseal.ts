import { join } from 'node:path';
import { CheckpointSigner } from './audit/checkpoint-signer.js';
import { EntrySeals } from './audit/entry-seals.js';
import { SystemClock } from './clock/system-clock.js';
import { generatedKey } from './secrets/generated-key.js';
import { KeyRing } from './secrets/key-ring.js';
import { Resealer } from './secrets/resealer.js';
import { Sealer } from './secrets/sealer.js';
import { SecretsService } from './secrets/secrets.service.js';
import { dataDirectory } from './settings/data-directory.js';
import { settingsOf } from './settings/load-settings.js';
import type { Settings } from './settings/settings.js';
import { openStorage } from './storage/open-storage.js';
import { ChannelResealer } from './notifications/channels/channel-resealer.js';
import { ChannelSecrets } from './notifications/channels/channel-secrets.js';
import { SourceResealer } from './webhooks/source-resealer.js';
import { SourceSecrets } from './webhooks/source-secrets.js';

async function ringOf({ encryptionKeys, storeUrl }: Settings): Promise<KeyRing> {
  if (encryptionKeys !== null) return KeyRing.parse(encryptionKeys);
  return KeyRing.single('generated', await generatedKey(join(dataDirectory({ storeUrl }), 'encryption.key')));
}

/** Seals everything in the store with the first key of the ring. Services may run meanwhile. */
async function reseal(settings: Settings): Promise<void> {
  const ring = await ringOf(settings);
  const storage = await openStorage(settings.storeUrl);
  try {
    const clock = new SystemClock();
    const secrets = new SecretsService(new Sealer(ring));
    const { tasks, checkpoints, remaining } = await new Resealer(
      ring,
      secrets,
      storage.ports.sealed,
      storage.ports.audit,
      new CheckpointSigner(ring),
      new EntrySeals(ring),
      () => clock.now(),
      (what) => console.error(what),
    ).resealAll();
    const { done: sources, left } = await new SourceResealer(
      storage.ports.webhookSources,
      new SourceSecrets(ring),
      (what) => console.error(what),
    ).resealAll();
    const { done: channels, left: leftChannels } = await new ChannelResealer(
      storage.ports.notifications,
      new ChannelSecrets(ring),
      (what) => console.error(what),
    ).resealAll();
    console.log(
      `Under the key ${ring.first.id} now: the secrets of ${tasks} tasks, those of ${sources} webhook sources and ${channels} notification channels, ${checkpoints} checkpoints. Left: ${remaining + left + leftChannels}.`,
    );
    if (remaining + left + leftChannels > 0) process.exitCode = 2;
  } finally {
    await storage.close();
  }
}

Promise.resolve()
  .then(() => reseal(settingsOf(process.env)))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
