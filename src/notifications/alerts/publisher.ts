import { Injectable } from '@nestjs/common';
import { NowAndThen } from '../../batching/now-and-then.js';
import { boundedCache } from '../../domain/bounded-cache.js';
import { Clock } from '../../clock/clock.js';
import type { JsonObject } from '../../domain/json.js';
import type { NotificationDelivery } from '../deliveries/delivery.js';
import { givenUp } from '../deliveries/delivery-plan.js';
import { DeliveryWorker } from '../deliveries/delivery-worker.js';
import { MOST_ALERTS, newDelivery } from '../deliveries/new-delivery.js';
import { NotificationDeliveryStore } from '../ports/notification-delivery.store.js';
import { NotificationStore } from '../ports/notification.store.js';
import type { Rule } from '../rules/rule.js';
import type { Alert } from './alert.js';
import { admitted, gateOf, type Group } from './gate.js';
import type { Telling } from './watch.js';

/** How many deliveries of a channel may wait to be tried; what there is beyond them is not sent. */
export const MOST_WAITING = 1000;
/** How many deliveries of a channel are kept, and after how many new ones it is trimmed. */
const MOST_KEPT = 2000;
const TRIM_EVERY = 25;
/** How often a change is tried again when others were first. */
const TRIES = 50;
const MOST_REMEMBERED = 10_000;

/** Makes deliveries of alerts: each alert goes once to each channel, however often it is published. */
@Injectable()
export class AlertPublisher {
  private readonly published = boundedCache<true>(MOST_REMEMBERED);
  private readonly trimming = new NowAndThen(TRIM_EVERY, MOST_REMEMBERED);

  constructor(
    private readonly store: NotificationStore,
    private readonly deliveries: NotificationDeliveryStore,
    private readonly worker: DeliveryWorker,
    private readonly clock: Clock,
  ) {}

  /** Resolves once the deliveries are stored. */
  async publish(rule: Rule, { alert, channels }: Telling): Promise<void> {
    if (this.published.has(alert.id)) return;
    const group = await this.groupOf(rule, alert);
    for (const channel of channels) await this.add(rule, channel, alert, group);
    this.published.set(alert.id, true);
    this.worker.soon();
  }

  private async groupOf(rule: Rule, alert: Alert): Promise<Group> {
    const { organization, id } = rule;
    for (let tries = 0; tries < TRIES; tries++) {
      const [record] = await this.store.find('gate', organization, [id]);
      const before = gateOf(record?.body ?? {});
      const now = this.clock.now();
      const { gate, group } = admitted(before, rule, alert, now);
      if (gate === before) return group;
      const version = record?.version ?? 0;
      const body = gate as unknown as JsonObject;
      const next = { kind: 'gate' as const, organization, id, version: version + 1, at: now, body };
      if (await (record ? this.store.replace(next, version) : this.store.insert(next))) return group;
    }
    throw new Error(`Too many others tell something by the notification rule ${id}.`);
  }

  private async add(rule: Rule, channel: string, alert: Alert, group: Group): Promise<void> {
    const place = { organization: rule.organization, channel, rule: rule.id };
    const { id: name, at, dueAt, isExcess } = group;
    const fresh = newDelivery(place, { name, at, dueAt, heldBack: isExcess ? 1 : 0 }, [alert]);
    for (let tries = 0; tries < TRIES; tries++) {
      const stored = await this.deliveries.find(rule.organization, fresh.id);
      if (!stored) await this.insert(fresh);
      else if (stored.alerts.some(({ id }) => id === alert.id)) return;
      else if (!isWaiting(stored))
        return this.insert(newDelivery(place, { name: alert.id, at: alert.at, dueAt: this.clock.now() }, [alert])); // prettier-ignore
      else if (await this.deliveries.replace(withAlert(stored, alert), stored.version)) return;
    }
    throw new Error(`Too many others add to the notification ${fresh.id}.`);
  }

  private async insert(delivery: NotificationDelivery): Promise<void> {
    const { organization, channel } = delivery;
    const waiting = await this.deliveries.count(organization, channel, 'pending', MOST_WAITING);
    const isTooMuch = waiting >= MOST_WAITING;
    const now = this.clock.now();
    await this.deliveries.insert([isTooMuch ? givenUp(delivery, 'expired', 'Too much waits for the channel.', now) : delivery]); // prettier-ignore
    if (this.trimming.isTime(channel)) await this.deliveries.trim(organization, channel, MOST_KEPT);
  }
}

/** Whether nobody has tried it yet, so that it can take more. */
const isWaiting = ({ status, takenBy, tries }: NotificationDelivery): boolean =>
  status === 'pending' && takenBy === null && tries === 0;

function withAlert(delivery: NotificationDelivery, alert: Alert): NotificationDelivery {
  const { alerts, more, heldBack, version } = delivery;
  const next = { ...delivery, version: version + 1, heldBack: heldBack > 0 ? heldBack + 1 : 0 };
  return alerts.length < MOST_ALERTS ? { ...next, alerts: [...alerts, alert] } : { ...next, more: more + 1 };
}
