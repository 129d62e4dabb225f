import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { messageOf } from '../../domain/thrown.js';
import { RuntimeSettings } from '../../settings/runtime-settings.js';
import { Channels } from '../channels/channels.js';
import type { Channel } from '../channels/channel.js';
import { NotificationDeliveryStore } from '../ports/notification-delivery.store.js';
import { Senders } from '../senders/senders.js';
import { ChannelCare } from './channel-care.js';
import type { NotificationDelivery } from './delivery.js';
import { afterTry, DELAYS_MS, givenUp, heldBack, type Outcome } from './delivery-plan.js';

/** How long a try may take (ms). */
export const LONGEST_TRY_MS = 20_000;
/** How many tries there are at a time: to a channel, for an organization, and of all on this instance. */
const AT_A_TIME = { channel: 2, organization: 10, all: 200 };
const PAGE = 100;
const MOST_PAGES = 20;

/** When things are tried (ms). */
export interface DeliveryPace {
  /** Between two looks for what is due: what others left behind, and what is tried again. */
  pollMs: number;
  longestTryMs: number;
  /** How long a try is nobody else's, longer than it may take: if its instance dies, others wait for the rest of it. */
  leaseMs: number;
  /** Between the tries of a delivery. */
  delays: readonly number[];
}

type Place = Pick<NotificationDelivery, 'organization' | 'channel'>;

/** Tries what is due: each delivery by one instance at a time, and no channel or organization holds up the others. */
@Injectable()
export class DeliveryWorker {
  pace: DeliveryPace = { pollMs: 5000, longestTryMs: LONGEST_TRY_MS, leaseMs: 30_000, delays: DELAYS_MS };
  private readonly rounds: Rounds;
  private readonly underWay = new Map<string, { place: Place; work: Promise<void> }>();
  private readonly stopping = new AbortController();
  private readonly logger = new Logger('Notifications');
  private nextAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly deliveries: NotificationDeliveryStore,
    private readonly channels: Channels,
    private readonly senders: Senders,
    private readonly care: ChannelCare,
    private readonly runtime: RuntimeSettings,
    private readonly clock: Clock,
  ) {
    this.rounds = new Rounds(
      clock,
      () => Math.max(0, Math.min(this.pace.pollMs, this.nextAt - clock.now())),
      () => this.round(),
    );
  }

  start(): void {
    this.rounds.startLater();
  }

  /** Starts no further try; resolves once those under way have ended. */
  async stop(graceMs: number): Promise<void> {
    await this.rounds.stop();
    const all = Promise.all([...this.underWay.values()].map(({ work }) => work));
    await this.clock.noLongerThan(graceMs, all);
    this.stopping.abort(new Error('The runner stops.'));
    await all;
  }

  /** Looks for what is due now. */
  soon(): void {
    this.rounds.soon();
  }

  private async round(): Promise<void> {
    this.nextAt = Number.POSITIVE_INFINITY;
    if (this.runtime.areNotificationsPaused) return;
    try {
      const busy = new Set<string>();
      for (let pages = 0; pages < MOST_PAGES && this.underWay.size < AT_A_TIME.all; pages++) {
        const due = await this.deliveries.due(this.clock.now(), PAGE, [...busy]);
        // What is left of the page belongs to channels without room: the next page leaves these out.
        for (const { channel } of await this.begin(due)) busy.add(channel);
        if (due.length < PAGE || this.rounds.isStopped) return;
      }
    } catch (error) {
      this.logger.warn(`What is due cannot be read: ${messageOf(error, 300)}`);
    }
  }

  /** Begins what there is room for; resolves to the rest. */
  private async begin(due: readonly NotificationDelivery[]): Promise<NotificationDelivery[]> {
    const rest: NotificationDelivery[] = [];
    for (const delivery of due) {
      if (!this.hasRoom(delivery) || this.rounds.isStopped) {
        rest.push(delivery);
        continue;
      }
      const taken = {
        ...delivery,
        version: delivery.version + 1,
        takenBy: 'runner',
        dueAt: this.clock.now() + this.pace.leaseMs,
      };
      if (!(await this.deliveries.replace(taken, delivery.version))) continue;
      const work = this.tryOnce(taken).finally(() => {
        this.underWay.delete(taken.id);
        this.rounds.soon();
      });
      this.underWay.set(taken.id, { place: taken, work });
    }
    return rest;
  }

  /** Never rejects. */
  private async tryOnce(delivery: NotificationDelivery): Promise<void> {
    try {
      const after = await this.tried(delivery);
      if (after.dueAt !== null) this.nextAt = Math.min(this.nextAt, after.dueAt);
      await this.deliveries.replace(after, delivery.version);
    } catch (error) {
      // It is due again when its time with this instance is over.
      this.logger.warn(`The notification ${delivery.id} has to wait: ${messageOf(error, 300)}`);
    }
  }

  private async tried(delivery: NotificationDelivery): Promise<NotificationDelivery> {
    const now = this.clock.now();
    const channel = await this.channels.find(delivery.organization, delivery.channel);
    if (!channel) return givenUp(delivery, 'failed', 'The channel is gone.', now);
    if (channel.unreadable !== undefined) return givenUp(delivery, 'failed', 'The channel cannot be read.', now);
    if (!channel.enabled) return heldBack(delivery);
    const outcome = await this.send(channel, delivery);
    if (this.stopping.signal.aborted && outcome.status === null && outcome.error !== null)
      return { ...delivery, version: delivery.version + 1, takenBy: null, dueAt: now };
    await this.care.note(channel, outcome);
    return afterTry(delivery, outcome, this.clock.now(), Math.random(), this.pace.delays);
  }

  private send(channel: Channel, delivery: NotificationDelivery): Promise<Outcome> {
    const { longestTryMs } = this.pace;
    return this.clock.within(
      longestTryMs,
      () => new Error(`There was no answer within ${longestTryMs} ms.`),
      (patience) => this.senders.send(channel, delivery, AbortSignal.any([patience, this.stopping.signal])),
    );
  }

  private hasRoom({ organization, channel }: Place): boolean {
    const places = [...this.underWay.values()].map(({ place }) => place);
    const [ofChannel, ofOrganization] = [
      places.filter((each) => each.channel === channel).length,
      places.filter((each) => each.organization === organization).length,
    ];
    return ofChannel < AT_A_TIME.channel && ofOrganization < AT_A_TIME.organization && places.length < AT_A_TIME.all;
  }
}
