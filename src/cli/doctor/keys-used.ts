import { everyChannel } from '../../notifications/channels/every-channel.js';
import { everySealed } from '../../secrets/every-sealed.js';
import { keyIdOf } from '../../secrets/sealed-text.js';
import type { OpenStorage } from '../../storage/storage.js';
import { everySource } from '../../webhooks/every-source.js';

type Ports = Pick<OpenStorage['ports'], 'sealed' | 'webhookSources' | 'notifications'>;

/** The ids of the keys that secrets are sealed with: those of tasks, of webhook sources and of notification channels. */
export async function keysUsed(ports: Ports): Promise<Set<string>> {
  const used = new Set<string>();
  for await (const sealed of sealedIn(ports)) used.add(keyIdOf(sealed));
  return used;
}

async function* sealedIn({ sealed, webhookSources, notifications }: Ports): AsyncGenerator<string> {
  for await (const { secrets } of everySealed(sealed)) yield* Object.values(secrets);
  for await (const { secrets } of everySource(webhookSources)) yield* secrets.map((secret) => secret.sealed);
  for await (const { url, secrets } of everyChannel(notifications)) {
    if (url !== null) yield url;
    yield* secrets.map((secret) => secret.sealed);
  }
}
