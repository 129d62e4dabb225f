import { join } from 'node:path';
import { CheckpointSigner } from './audit/checkpoint-signer.js';
import { EntrySeals } from './audit/entry-seals.js';
import { SystemClock } from './clock/system-clock.js';
import { ChannelResealer } from './notifications/channels/channel-resealer.js';
import { ChannelSecrets } from './notifications/channels/channel-secrets.js';
import { generatedKey } from './secrets/generated-key.js';
import { KeyRing } from './secrets/key-ring.js';
import { Resealer } from './secrets/resealer.js';
import { Sealer } from './secrets/sealer.js';
import { SecretsService } from './secrets/secrets.service.js';
import { dataDirectory } from './settings/data-directory.js';
import type { Settings } from './settings/settings.js';
import { openStorage } from './storage/open-storage.js';
import { SourceResealer } from './webhooks/source-resealer.js';
import { SourceSecrets } from './webhooks/source-secrets.js';

/** What is sealed with the first key now, and how much is not. */
export interface Resealed {
  key: string;
  tasks: number;
  webhookSources: number;
  notificationChannels: number;
  checkpoints: number;
  left: number;
}

/** The keys of the service that has these settings. @throws SettingsError */
export async function ringOf({
  encryptionKeys,
  storeUrl,
}: Pick<Settings, 'encryptionKeys' | 'storeUrl'>): Promise<KeyRing> {
  if (encryptionKeys !== null) return KeyRing.parse(encryptionKeys);
  return KeyRing.single('generated', await generatedKey(join(dataDirectory({ storeUrl }), 'encryption.key')));
}

/** Seals everything in the store with the first key of the ring. Services may run meanwhile. `say` hears of what fails. */
export async function resealStore(settings: Settings, say: (what: string) => void): Promise<Resealed> {
  const ring = await ringOf(settings);
  const storage = await openStorage(settings.storeUrl);
  try {
    const clock = new SystemClock();
    const { tasks, checkpoints, remaining } = await new Resealer(
      ring,
      new SecretsService(new Sealer(ring)),
      storage.ports.sealed,
      storage.ports.audit,
      new CheckpointSigner(ring),
      new EntrySeals(ring),
      () => clock.now(),
      say,
    ).resealAll();
    const sources = await new SourceResealer(storage.ports.webhookSources, new SourceSecrets(ring), say).resealAll();
    const channels = await new ChannelResealer(storage.ports.notifications, new ChannelSecrets(ring), say).resealAll();
    return {
      ...{ key: ring.first.id, tasks, webhookSources: sources.done, notificationChannels: channels.done, checkpoints },
      left: remaining + sources.left + channels.left,
    };
  } finally {
    await storage.close();
  }
}

/** What was resealed, as a sentence. */
export const resealedText = (done: Resealed): string =>
  `Under the key ${done.key} now: the secrets of ${done.tasks} tasks, those of ${done.webhookSources} webhook sources and ${done.notificationChannels} notification channels, ${done.checkpoints} checkpoints. Left: ${done.left}.`;
