import { Injectable } from '@nestjs/common';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import { Clock } from '../../clock/clock.js';
import { NotFoundError, StateConflictError } from '../../domain/errors.js';
import { newId } from '../../domain/ids.js';
import type { Page } from '../../domain/listing.js';
import { aboutChannel } from '../alerts/wordings.js';
import type { Channel } from '../channels/channel.js';
import { Channels } from '../channels/channels.js';
import {
  NotificationDeliveryReads,
  NotificationDeliveryStore,
  type DeliveryFilter,
} from '../ports/notification-delivery.store.js';
import { Senders } from '../senders/senders.js';
import type { DeliveryStatus, NotificationDelivery } from './delivery.js';
import { afterTry, sentAgain } from './delivery-plan.js';
import { DeliveryWorker, LONGEST_TRY_MS } from './delivery-worker.js';
import { newDelivery } from './new-delivery.js';

/** How many deliveries one request sends again. */
export const MOST_SENT_AGAIN = 500;
/** What has not arrived, and is not tried any more. */
const MISSING: readonly DeliveryStatus[] = ['failed', 'expired'];

/** Which deliveries to send again: those of a status, or whatever has not arrived. */
export type Redelivery = Omit<DeliveryFilter, 'status'> & { status?: DeliveryStatus | 'missing' | undefined };

/** How many deliveries are sent again, and whether there are more that another request sends. */
export interface Redelivered {
  count: number;
  more: boolean;
}

/** Shows what went out to the channels of an organization, and sends it again. */
@Injectable()
export class Deliveries {
  constructor(
    private readonly store: NotificationDeliveryStore,
    private readonly reads: NotificationDeliveryReads,
    private readonly channels: Channels,
    private readonly senders: Senders,
    private readonly worker: DeliveryWorker,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
  ) {}

  list(organization: string, filter: DeliveryFilter, page: Page): Promise<NotificationDelivery[]> {
    return this.reads.list(organization, filter, page);
  }

  /** @throws NotFoundError */
  async get(organization: string, id: string): Promise<NotificationDelivery> {
    const delivery = await this.store.find(organization, id);
    if (!delivery) throw new NotFoundError('notification delivery', id);
    return delivery;
  }

  /** Sends one delivery again, under its own id. @throws NotFoundError, StateConflictError */
  async redeliver(organization: string, id: string): Promise<NotificationDelivery> {
    const delivery = await this.get(organization, id);
    await this.channels.get(organization, delivery.channel);
    const again = sentAgain(delivery, this.clock.now());
    if (delivery.takenBy !== null || !(await this.store.replace(again, delivery.version)))
      throw new StateConflictError('The delivery is being tried right now.');
    await this.record(organization, id, { count: 1 });
    this.worker.soon();
    return again;
  }

  /** Sends the deliveries again that the filter finds, the newest first; a bounded number at once. */
  async redeliverAll(organization: string, { status = 'missing', ...filter }: Redelivery): Promise<Redelivered> {
    const statuses = status === 'missing' ? MISSING : [status];
    const found: NotificationDelivery[] = [];
    for (const each of statuses)
      found.push(...(await this.store.list(organization, { ...filter, status: each }, { limit: MOST_SENT_AGAIN + 1 })));
    let count = 0;
    for (const delivery of found.slice(0, MOST_SENT_AGAIN)) {
      if (delivery.takenBy !== null) continue;
      if (await this.store.replace(sentAgain(delivery, this.clock.now()), delivery.version)) count++;
    }
    await this.record(organization, filter.channel ?? 'all', { count, status });
    this.worker.soon();
    return { count, more: found.length > MOST_SENT_AGAIN };
  }

  /** Sends a sample to a channel at once, whether or not it is enabled. @throws NotFoundError */
  async test(organization: string, channelId: string): Promise<NotificationDelivery> {
    const channel = await this.channels.get(organization, channelId);
    if (channel.unreadable !== undefined) throw new StateConflictError(`The channel cannot be used: ${channel.unreadable}.`); // prettier-ignore
    const delivery = sampleFor(channel, this.clock.now());
    const outcome = await this.clock.within(
      LONGEST_TRY_MS,
      () => new Error(`There was no answer within ${LONGEST_TRY_MS} ms.`),
      (signal) => this.senders.send(channel, delivery, signal),
    );
    // Once: whoever tests looks at the answer, and tests again.
    const tried = afterTry(delivery, { ...outcome, isFinal: true }, this.clock.now(), 0);
    await this.store.insert([tried]);
    return tried;
  }

  private async record(organization: string, id: string, after: { count: number; status?: string }): Promise<void> {
    const object = { type: 'notification-channel' as const, id };
    await this.audit.record({ organization, action: 'notification-delivery.redelivered', object, after });
  }
}

function sampleFor({ organization, id: channel, name }: Channel, now: number): NotificationDelivery {
  const text = `This is a test of the notification channel "${name}".`;
  const place = { organization, channel, rule: null };
  return newDelivery(place, { name: newId(now), at: now, dueAt: now }, [aboutChannel(newId(now), text, now, 'test')]);
}
