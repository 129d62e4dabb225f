import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { newId } from '../../domain/ids.js';
import { aboutChannel } from '../alerts/wordings.js';
import type { Channel } from '../channels/channel.js';
import { NotificationDeliveryStore } from '../ports/notification-delivery.store.js';
import { NotificationStore } from '../ports/notification.store.js';
import { givenUp, sentAgain } from './delivery-plan.js';
import { newDelivery } from './new-delivery.js';

/** How much of what was held is sent when a channel is enabled, the newest. */
export const MOST_RELEASED = 200;
/** How much is looked at in one go, and at most. */
const PAGE = 200;
const MOST_PAGES = 20;

/** What waits for a channel that is disabled. */
@Injectable()
export class HeldDeliveries {
  constructor(
    private readonly deliveries: NotificationDeliveryStore,
    private readonly store: NotificationStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Sends what was held for a channel: the newest, in the order in which it was made. The channel is told how much is too
   * old to be sent. Its health begins anew.
   */
  async release(channel: Channel): Promise<void> {
    const { organization, id } = channel;
    await this.store.remove('health', organization, id);
    let [released, expired] = [0, 0];
    for (let page = 0; page < MOST_PAGES; page++) {
      const held = await this.deliveries.list(organization, { channel: id, status: 'held' }, { limit: PAGE });
      if (held.length === 0) break;
      const now = this.clock.now();
      for (const delivery of held) {
        const isSent = released < MOST_RELEASED;
        const after = isSent ? sentAgain(delivery, now - released) : givenUp(delivery, 'expired', 'Too much was held for the channel.', now); // prettier-ignore
        if (!(await this.deliveries.replace(after, delivery.version))) continue;
        if (isSent) released++;
        else expired++;
      }
    }
    if (expired > 0) await this.tellExpired(channel, expired);
  }

  private async tellExpired({ organization, id }: Channel, expired: number): Promise<void> {
    const now = this.clock.now();
    const text = `${expired} older notifications that were held while the channel was disabled are not sent.`;
    const place = { organization, channel: id, rule: null };
    await this.deliveries.insert([
      newDelivery(place, { name: newId(now), at: now, dueAt: now }, [aboutChannel(newId(now), text, now)]),
    ]);
  }
}
