import type { NotificationStore, RecordPlace } from '../ports/notification.store.js';
import { channelOf, type Channel } from './channel.js';

const PAGE = 200;

/** The channels of all organizations, the oldest first. */
export async function* everyChannel(store: Pick<NotificationStore, 'behind'>): AsyncGenerator<Channel, void> {
  for (let place: RecordPlace = { at: -1, organization: '', id: '' }; ;) {
    const page = await store.behind('channel', place, PAGE);
    yield* page.map(channelOf);
    if (page.length < PAGE) return;
    place = page.at(-1)!;
  }
}
