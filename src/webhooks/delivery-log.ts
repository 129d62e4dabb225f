import { Injectable, Logger } from '@nestjs/common';
import { NowAndThen } from '../batching/now-and-then.js';
import { boundedCache } from '../domain/bounded-cache.js';
import { GroupCommit } from '../batching/group-commit.js';
import { Clock, type Timer } from '../clock/clock.js';
import { newId } from '../domain/ids.js';
import { WebhookDeliveryStore, type Keep } from './ports/webhook-delivery.store.js';
import type { DeliveryResult, WebhookDelivery } from './webhook-delivery.js';

/** How much of a source is kept, of each result by itself. */
const KEPT: Record<DeliveryResult, Keep> = {
  accepted: { most: 500, bytes: 2_097_152 },
  refused: { most: 200, bytes: 1_048_576 },
};
/** After how many new records a source is trimmed: it may have so many more than are kept, for each instance. */
const TRIM_EVERY = 25;
const MOST_KNOWN = 10_000;
/** How many refused requests of a source have records of their own in a minute; the others are counted. */
const OWN_RECORDS = 20;
const MINUTE_MS = 60_000;
/** Records that wait to be written beyond this number are dropped: the store is slow, and they are only evidence. */
const MOST_WAITING = 10_000;

type Place = Pick<WebhookDelivery, 'organization' | 'source' | 'result'>;

/** What a source refused within a minute. */
interface Minute {
  recorded: number;
  /** The latest of those that have no record, by reason, with their number. */
  counted: Map<string, WebhookDelivery>;
}

/**
 * Notes what came in at webhook sources. Nobody waits for a note. A flood of refused requests becomes a bounded number of
 * records, and takes nothing from the accepted ones.
 */
@Injectable()
export class DeliveryLog {
  private readonly commits: GroupCommit<WebhookDelivery, undefined>;
  private minutes = boundedCache<Minute>(MOST_KNOWN, { dispose: (minute) => this.tellCounted(minute) });
  private readonly trimming = new NowAndThen(TRIM_EVERY, MOST_KNOWN);
  private timer: Timer | null = null;
  private waiting = 0;
  private dropped = 0;
  private readonly logger = new Logger(DeliveryLog.name);

  constructor(
    private readonly store: WebhookDeliveryStore,
    private readonly clock: Clock,
  ) {
    this.commits = new GroupCommit((deliveries) => this.write(deliveries), {
      limit: 200,
      bytes: { most: 4_194_304, of: ({ request }) => request?.body.length ?? 0 },
      partyOf: ({ organization }) => organization,
    });
  }

  /** Notes one request, or counts it among others. */
  note(delivery: Omit<WebhookDelivery, 'id' | 'at' | 'count'>): void {
    const at = this.clock.now();
    const noted = { ...delivery, id: newId(at), at, count: 1 };
    if (noted.result === 'accepted' || this.hasOwnRecord(noted)) this.add(noted);
  }

  /** Writes what was only counted so far; resolves when everything noted so far is written or has failed. */
  async settled(): Promise<void> {
    this.timer?.cancel();
    this.endMinute();
    await this.commits.settled();
  }

  private hasOwnRecord(delivery: WebhookDelivery): boolean {
    const minute: Minute = this.minutes.get(delivery.source) ?? { recorded: 0, counted: new Map() };
    this.minutes.set(delivery.source, minute);
    this.timer ??= this.clock.routinely(MINUTE_MS, () => this.endMinute());
    if (minute.recorded < OWN_RECORDS) {
      minute.recorded++;
      return true;
    }
    const reason = delivery.reason ?? '';
    const count = (minute.counted.get(reason)?.count ?? 0) + 1;
    minute.counted.set(reason, { ...delivery, count, messageId: null, request: null });
    return false;
  }

  private endMinute(): void {
    this.timer = null;
    // Clearing disposes of each minute.
    this.minutes.clear();
  }

  private tellCounted({ counted }: Minute): void {
    for (const delivery of counted.values()) this.add(delivery);
  }

  private add(delivery: WebhookDelivery): void {
    if (this.waiting >= MOST_WAITING) return void this.dropped++;
    this.waiting++;
    this.commits
      .add(delivery)
      .catch((error: unknown) => this.logger.warn(`What came in at a webhook source was not noted: ${String(error)}`))
      .finally(() => this.waiting--);
  }

  private async write(deliveries: WebhookDelivery[]): Promise<undefined[]> {
    if (this.dropped > 0) this.logger.warn(`${this.dropped} requests to webhook sources were not noted.`);
    this.dropped = 0;
    await this.store.insert(deliveries);
    for (const place of placesOf(deliveries)) await this.trimNowAndThen(place);
    return deliveries.map(() => undefined);
  }

  private async trimNowAndThen({ organization, source, result, count }: Place & { count: number }): Promise<void> {
    if (this.trimming.isTime(`${result}/${source}`, count))
      await this.store.trim({ organization, source }, result, KEPT[result]);
  }
}

/** The sources of the deliveries, with how many each has of a result. */
function placesOf(deliveries: readonly WebhookDelivery[]): (Place & { count: number })[] {
  const places = new Map<string, Place & { count: number }>();
  for (const { organization, source, result } of deliveries) {
    const key = `${result}/${source}`;
    places.set(key, { organization, source, result, count: (places.get(key)?.count ?? 0) + 1 });
  }
  return [...places.values()];
}
