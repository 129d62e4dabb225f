import { channelOf } from '../../notifications/channels/channel.js';
import type { RecordPlace } from '../../notifications/ports/notification.store.js';
import type { OpenStorage } from '../../storage/storage.js';

const PAGE = 200;

type Ports = Pick<OpenStorage['ports'], 'sealed' | 'webhookSources' | 'notifications'>;

/** The ids of the keys that secrets are sealed with: those of tasks, of webhook sources and of notification channels. */
export async function keysUsed(ports: Ports): Promise<Set<string>> {
  const used = new Set<string>();
  for (const walk of [ofTasks, ofSources, ofChannels]) {
    for await (const sealed of walk(ports)) used.add(sealed.split('.')[1] ?? '');
  }
  return used;
}

async function* ofTasks({ sealed }: Ports): AsyncGenerator<string> {
  for (let after = ''; ;) {
    const page = await sealed.page(after, PAGE);
    for (const { secrets } of page) yield* Object.values(secrets);
    if (page.length < PAGE) return;
    after = page.at(-1)!.taskId;
  }
}

async function* ofSources({ webhookSources }: Ports): AsyncGenerator<string> {
  for (let after = ''; ;) {
    const page = await webhookSources.page(after, PAGE);
    for (const { secrets } of page) yield* secrets.map(({ sealed }) => sealed);
    if (page.length < PAGE) return;
    after = page.at(-1)!.id;
  }
}

async function* ofChannels({ notifications }: Ports): AsyncGenerator<string> {
  for (let place: RecordPlace = { at: -1, organization: '', id: '' }; ;) {
    const page = await notifications.behind('channel', place, PAGE);
    for (const { url, secrets } of page.map(channelOf)) {
      if (url !== null) yield url;
      yield* secrets.map(({ sealed }) => sealed);
    }
    if (page.length < PAGE) return;
    place = page.at(-1)!;
  }
}
