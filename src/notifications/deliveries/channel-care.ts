import { Injectable, Logger } from '@nestjs/common';
import { ENGINE } from '../../audit/actor.js';
import { Clock } from '../../clock/clock.js';
import { newId } from '../../domain/ids.js';
import type { JsonObject } from '../../domain/json.js';
import { aboutChannel } from '../alerts/wordings.js';
import type { Channel } from '../channels/channel.js';
import { Channels, MOST_CHANNELS } from '../channels/channels.js';
import { NotificationDeliveryStore } from '../ports/notification-delivery.store.js';
import { NotificationStore } from '../ports/notification.store.js';
import { afterFailure, type Health } from './channel-health.js';
import { hasArrived, type Outcome } from './delivery-plan.js';
import { newDelivery } from './new-delivery.js';

const TRIES = 5;

/** Watches how channels fare: warns of those to which nothing arrives, and disables them when that goes on. */
@Injectable()
export class ChannelCare {
  private readonly logger = new Logger('Notifications');

  constructor(
    private readonly store: NotificationStore,
    private readonly deliveries: NotificationDeliveryStore,
    private readonly channels: Channels,
    private readonly clock: Clock,
  ) {}

  /** Takes note of what came of a try. */
  async note(channel: Channel, outcome: Outcome): Promise<void> {
    const { organization, id } = channel;
    if (outcome.isGone) return this.disable(channel, 'The receiver answered 410: it wants nothing any more.');
    if (hasArrived(outcome)) return this.healed(organization, id);
    const step = await this.failed(organization, id);
    if (step === 'warn') await this.warn(channel);
    if (step === 'disable') await this.disable(channel, 'Nothing has arrived for days.');
  }

  private async healed(organization: string, id: string): Promise<void> {
    if ((await this.store.find('health', organization, [id])).length > 0)
      await this.store.remove('health', organization, id);
  }

  private async failed(organization: string, id: string): Promise<'warn' | 'disable' | null> {
    for (let tries = 0; tries < TRIES; tries++) {
      const [record] = await this.store.find('health', organization, [id]);
      const now = this.clock.now();
      const { health, step } = afterFailure((record?.body ?? null) as Health | null, now);
      const version = record?.version ?? 0;
      const body = health as unknown as JsonObject;
      const next = { kind: 'health' as const, organization, id, version: version + 1, at: now, body };
      if (await (record ? this.store.replace(next, version) : this.store.insert(next))) return step;
    }
    return null;
  }

  private async warn(channel: Channel): Promise<void> {
    await this.channels.record(channel, 'failing', { after: { reason: 'Nothing arrives.' } }, ENGINE);
    await this.tellOthers(channel, 'has taken nothing for a day, and will be disabled if that goes on');
  }

  private async disable(channel: Channel, reason: string): Promise<void> {
    if (!(await this.channels.disable(channel.organization, channel.id, reason))) return;
    await this.tellOthers(channel, `is disabled: ${reason} What is for it is held until it is enabled`);
  }

  /** By another channel of the organization, the oldest that works. */
  private async tellOthers(channel: Channel, what: string): Promise<void> {
    const { organization, id, name } = channel;
    const text = `The notification channel "${name}" ${what}.`;
    this.logger.warn(`${text} (${id} of ${organization})`);
    const all = await this.channels.list(organization, { limit: MOST_CHANNELS });
    const ill = new Set((await this.store.find('health', organization, all.map((each) => each.id))).map((each) => each.id)); // prettier-ignore
    const other = all.reverse().find((each) => each.id !== id && each.enabled && !ill.has(each.id));
    if (!other) return;
    const now = this.clock.now();
    const place = { organization, channel: other.id, rule: null };
    const delivery = newDelivery(place, { name: newId(now), at: now, dueAt: now }, [
      aboutChannel(newId(now), text, now),
    ]);
    await this.deliveries.insert([delivery]);
  }
}
