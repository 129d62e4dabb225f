import { Injectable } from '@nestjs/common';
import { NowAndThen } from '../batching/now-and-then.js';
import { Clock } from '../clock/clock.js';
import { boundedText } from '../domain/bounded-text.js';
import { NotFoundError, StateConflictError } from '../domain/errors.js';
import { derivedId } from '../domain/ids.js';
import type { Page } from '../domain/listing.js';
import type { SubscribedTopic, TransportName } from '../domain/routes.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { WebhookDeliveryReads, WebhookDeliveryStore } from '../webhooks/ports/webhook-delivery.store.js';
import type { KeptRequest, WebhookDelivery } from '../webhooks/webhook-delivery.js';
import type { LetterReason } from './letter-reason.js';
import type { IncomingMessage } from './transport.js';

/** A message that became no event. */
export interface DeadLetter {
  id: string;
  organization: string;
  transport: TransportName;
  topic: string;
  position: string;
  /** When it was put aside (epoch ms). */
  at: number;
  reason: LetterReason;
  detail: string;
  /** Of the value, in bytes. */
  size: number;
  /** The message; null where it is too large to be kept. */
  message: IncomingMessage | null;
  /** The event that a replay made of it. */
  eventId: string | null;
}

/** How much is kept of an organization. */
const KEEP = { most: 1000, bytes: 16_777_216 };
/** After how many new ones it is looked whether there are too many. */
const TRIM_EVERY = 25;
const MOST_KNOWN = 1000;
const LARGEST = 65_536;
const LARGEST_HEADERS = 8192;
const LONGEST_DETAIL = 1000;

/** No webhook source has such a name: dead letters are kept among what came in from outside and was refused. */
const sourceOf = (organization: string): string => `dead-letters:${organization}`;
const placeOf = (organization: string) => ({ organization, source: sourceOf(organization) });

/** Keeps messages that became no event, so that they can be seen and replayed. */
@Injectable()
export class DeadLetters {
  private readonly trimming = new NowAndThen(TRIM_EVERY, MOST_KNOWN);

  constructor(
    private readonly store: WebhookDeliveryStore,
    private readonly reads: WebhookDeliveryReads,
    private readonly clock: Clock,
    private readonly events: LifecycleEvents,
  ) {}

  /** Stores a message once, however often it is put aside. @throws StoreUnavailableError */
  async put(route: SubscribedTopic, message: IncomingMessage, reason: LetterReason, detail: string): Promise<void> {
    const { organization, transport } = route;
    await this.store.insert([recordOf(route, message, reason, detail, this.clock.now())]);
    this.events.emit('dead-letter.kept', { transport, reason });
    if (this.trimming.isTime(organization)) await this.store.trim(placeOf(organization), 'refused', KEEP);
  }

  /** Those of these organizations, newest first. */
  async list(organizations: readonly string[], page: Page): Promise<DeadLetter[]> {
    let newest: WebhookDelivery[] = [];
    // One organization after the other: a page of large messages of each would fill the memory.
    for (const each of organizations) {
      const own = await this.reads.list(placeOf(each), page, 'refused');
      newest = [...newest, ...own].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, page.limit);
    }
    return Promise.all(newest.map((record) => this.letterOf(record)));
  }

  /** @throws NotFoundError */
  async get(organizations: readonly string[], id: string): Promise<DeadLetter> {
    for (const organization of organizations) {
      const record = await this.store.find(placeOf(organization), id);
      if (record?.result === 'refused') return this.letterOf(record);
    }
    throw new NotFoundError('dead letter', id);
  }

  /** Notes that an event was made of it. */
  async replayed({ id, organization, at }: DeadLetter, eventId: string, eventType: string): Promise<void> {
    const place = placeOf(organization);
    const note = {
      id: replayId(id, at),
      at: this.clock.now(),
      result: 'accepted',
      reason: null,
      detail: null,
    } as const;
    const rest = { status: 202, count: 1, messageId: null, size: 0, address: null, replayOf: id, request: null };
    await this.store.insert([{ ...place, ...note, ...rest, eventId, eventType }]);
    await this.store.trim(place, 'accepted', KEEP);
  }

  private async letterOf(record: WebhookDelivery): Promise<DeadLetter> {
    const { id, organization, at, reason, detail, size, messageId, request } = record;
    const [, transport, topic, position] = /^(\w+)\/([^/]*)\/(.*)$/s.exec(messageId ?? '') ?? [];
    const note = await this.store.find(placeOf(organization), replayId(id, at));
    return {
      ...{ id, organization, at, size, detail: detail ?? '', reason: (reason ?? 'malformed') as LetterReason },
      ...{ transport: (transport ?? 'redis') as TransportName, topic: topic ?? '', position: position ?? '' },
      message: request && {
        position: position ?? '',
        at,
        headers: request.headers,
        value: Buffer.from(request.body, 'base64'),
      },
      eventId: note?.eventId ?? null,
    };
  }
}

/** The message of a dead letter. @throws StateConflictError where it is not kept */
export function messageOfLetter({ message }: DeadLetter): IncomingMessage {
  if (!message) throw new StateConflictError('Nothing is kept of this message: it is larger than 64 KiB.');
  return message;
}

const replayId = (id: string, at: number): string => derivedId(at, 'replayed', id);

function recordOf(
  { transport, topic, organization }: SubscribedTopic,
  message: IncomingMessage,
  reason: LetterReason,
  detail: string,
  now: number,
): WebhookDelivery {
  const { position, value } = message;
  return {
    // The same whenever the message comes.
    id: derivedId(Math.min(now, Math.max(0, message.at || 0)), 'dead-letter', organization, transport, topic, position),
    ...placeOf(organization),
    ...{ at: now, result: 'refused', reason, detail: boundedText(detail, LONGEST_DETAIL), status: 422, count: 1 },
    messageId: `${transport}/${topic}/${position}`,
    ...{ eventId: null, eventType: null, size: value?.length ?? 0, address: null, replayOf: null },
    request: kept(message),
  };
}

function kept({ value, headers }: IncomingMessage): KeptRequest | null {
  const isLarge = JSON.stringify(headers).length > LARGEST_HEADERS;
  if (isLarge || (value?.length ?? 0) > LARGEST) return null;
  return { body: (value ?? Buffer.alloc(0)).toString('base64'), contentType: null, headers: { ...headers } };
}
