import { channelRecord, type Channel } from '../../../src/notifications/channels/channel.js';
import type { NotificationDelivery } from '../../../src/notifications/deliveries/delivery.js';
import type { Outcome } from '../../../src/notifications/deliveries/delivery-plan.js';
import type { DeliveryPace } from '../../../src/notifications/deliveries/delivery-worker.js';
import { ruleRecord, type Rule } from '../../../src/notifications/rules/rule.js';
import type { Senders } from '../../../src/notifications/senders/senders.js';
import { DEFAULT_ORGANIZATION } from '../../../src/task-scheduler.js';
import { aRule } from '../../support/notification-builders.js';
import type { Stores } from '../../conformance/fixture.js';
import type { SimulatedProcess } from './process.js';
import type { Random } from './random.js';
import { BEGIN } from './timeline.js';

/** As fast as a simulation, which lasts seconds, needs it. */
export const DELIVERY_PACE: DeliveryPace = {
  ...{ pollMs: 1000, longestTryMs: 1000, leaseMs: 1500 },
  delays: Array.from({ length: 40 }, () => 500),
};

const own = { organization: DEFAULT_ORGANIZATION, createdAt: BEGIN, updatedAt: BEGIN };
const most = { ...own, maxPerHour: 1000 };

/** What the organization wants to be told, and where. */
export const NOTICE_RULES: readonly Rule[] = [
  aRule({ ...most, id: 'each', on: ['failure', 'recovery', 'missed', 'paused'], channels: ['first', 'second'] }),
  aRule({ ...most, id: 'row', on: ['failing', 'recovery'], failures: 2, channels: ['first'] }),
  aRule({ ...most, id: 'group', on: ['failure', 'missed', 'late'], lateMs: 1000, groupMs: 2000, channels: ['second'] }),
  aRule({ ...own, id: 'cap', on: ['failure'], maxPerHour: 3, channels: ['third'] }),
];

const channel = (id: string): Channel => ({
  ...{ id, name: id, type: 'webhook', enabled: true, disabledReason: null, url: null, host: null, to: [], secrets: [] },
  ...{ organization: DEFAULT_ORGANIZATION, version: 1, createdBy: 'ann', createdAt: BEGIN, updatedAt: BEGIN },
});

/** Stores the rules and their channels. */
export function storeRules({ notifications }: Stores): void {
  for (const id of ['first', 'second', 'third']) void notifications.insert(channelRecord(channel(id)));
  for (const rule of NOTICE_RULES) void notifications.insert(ruleRecord(rule));
}

/** Those who get the notifications of the organization. While there is trouble, they are away at times. */
export class Receivers {
  onArrived: (channel: string, delivery: NotificationDelivery) => void = () => undefined;
  private isAway = false;

  constructor(private readonly random: Random) {}

  /** The way from one process to them. */
  from({ clock }: SimulatedProcess): Pick<Senders, 'send'> {
    return {
      send: async (to, delivery, signal) => {
        const at = clock.now();
        const outcome = { at, durationMs: 1, body: null, isFinal: false, isGone: false, retryAfterMs: null };
        await clock.sleep(this.random.whole(1, 20), signal);
        if (this.isAway) return { ...outcome, status: null, error: 'The receiver is away.' };
        this.onArrived(to.id, delivery);
        // Whoever sends may die before it knows that it has arrived.
        await clock.sleep(this.random.whole(1, 20), signal);
        return { ...outcome, status: 200, error: null } satisfies Outcome;
      },
    };
  }

  /** Are away for a while, now and then, until `isOver` says so. */
  trouble(after: (delayMs: number, act: () => void) => unknown, isOver: () => boolean): void {
    after(this.random.whole(200, 4000), () => {
      this.isAway = !isOver() && !this.isAway;
      if (!isOver()) this.trouble(after, isOver);
    });
  }
}
