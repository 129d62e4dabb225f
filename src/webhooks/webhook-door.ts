import { Injectable, Logger } from '@nestjs/common';
import { actingAs, type Actor } from '../audit/actor.js';
import { Clock } from '../clock/clock.js';
import { InvalidInputError, NotFoundError, StateConflictError, StoreUnavailableError } from '../domain/errors.js';
import { derivedId } from '../domain/ids.js';
import { isJsonObject, type Json } from '../domain/json.js';
import { messageOf } from '../domain/thrown.js';
import type { StoredEvent } from '../events/event.store.js';
import { EventsService, type Dispatched } from '../events/events.service.js';
import { IdempotencyStore } from '../idempotency/idempotency.store.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { SealedSecretError } from '../secrets/sealer.js';
import { DeliveryLog } from './delivery-log.js';
import { KnownSources } from './known-sources.js';
import { headersOf, headersReadBy, mapped } from './mapping.js';
import { payloadOf } from './payload.js';
import { digestOf, Macs } from './schemes/macs.js';
import { schemeOf } from './schemes/schemes.js';
import type { MessageName } from './schemes/signature-scheme.js';
import type { SignedRequest } from './schemes/signed-request.js';
import { standard } from './schemes/standard.js';
import { SourceSecrets } from './source-secrets.js';
import { UnmappedPayloadError, BadSignatureError } from './webhook-errors.js';
import { STATUSES, type KeptRequest, type Reason, type WebhookDelivery } from './webhook-delivery.js';
import { activeSecrets, type WebhookSource } from './webhook-source.js';

/** Larger bodies are not kept with the delivery, which can then not be replayed. */
const LARGEST_KEPT = 65_536;
const LONGEST_DETAIL = 500;

/** A request to a webhook source. */
export interface HookRequest {
  sourceId: string;
  signed: SignedRequest;
  address: string | null;
  requestId: string | null;
  /** Decides whether a request with a right signature may come in now. @throws RateLimitedError */
  admit?: (source: WebhookSource) => void;
  /** Hears of a request without one. */
  refused?: () => void;
}

/** What a sender is told. */
export type DoorAnswer =
  | { kind: 'event'; eventId: string; dispatched: Promise<Dispatched> }
  /** A question of the sender whether anybody is there, with what it wants to hear. */
  | { kind: 'greeting'; body: { challenge?: string } };

/** What is known of a request so far, for its record. */
type Seen = Partial<Pick<WebhookDelivery, 'messageId' | 'eventId' | 'eventType' | 'request' | 'replayOf'>>;

/** Lets signed requests in as events: verified first, then read, then stored, and then answered. */
@Injectable()
export class WebhookDoor {
  readonly macs = new Macs();
  private readonly logger = new Logger(WebhookDoor.name);

  constructor(
    private readonly sources: KnownSources,
    private readonly secrets: SourceSecrets,
    private readonly events: EventsService,
    private readonly repeats: IdempotencyStore,
    private readonly log: DeliveryLog,
    private readonly lifecycle: LifecycleEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves when the event is durable. @throws NotFoundError, BadSignatureError, InvalidInputError, UnmappedPayloadError,
   * StateConflictError, StoreUnavailableError
   */
  async receive(request: HookRequest): Promise<DoorAnswer> {
    const source = await this.sources.find(request.sourceId);
    const seen: Seen = {};
    try {
      const answer = await this.admitted(source, request, seen);
      if (source) this.tell(source, request, seen, null, null);
      return answer;
    } catch (error) {
      const reason = reasonOf(error, source, seen);
      if (reason === 'signature' || reason === 'stale' || source === null) request.refused?.();
      if (reason !== null) this.tell(source, request, seen, reason, error);
      throw error;
    }
  }

  /** Turns a payload that was verified earlier into an event of its own. */
  async again(source: WebhookSource, kept: KeptRequest, replayOf: string, id: string): Promise<Dispatched> {
    const body = Buffer.from(kept.body, 'base64');
    const seen: Seen = { request: kept, replayOf };
    const payload = payloadOf(body, kept.contentType ?? undefined);
    const event = mapped(source, payload, (name) => kept.headers[name]);
    const stored = await this.store(source, event, id, digestOf(body));
    Object.assign(seen, { eventId: stored.id, eventType: event.type });
    this.note(source, { size: body.length, address: null }, seen, null, null);
    return this.events.dispatch(stored);
  }

  private async admitted(source: WebhookSource | null, request: HookRequest, seen: Seen): Promise<DoorAnswer> {
    const { signed } = request;
    this.demandSignature(source, signed);
    if (!source) throw new NotFoundError('webhook source', request.sourceId);
    seen.request = keptOf(source, signed);
    if (!source.enabled) throw new NotFoundError('webhook source', request.sourceId);
    request.admit?.(source);
    const payload = payloadOf(signed.body, signed.only('content-type'));
    const greeting = greetingOf(source, signed, payload);
    if (greeting) return { kind: 'greeting', body: greeting };
    const name = schemeOf(source.scheme).nameOf(signed, payload);
    if (!name) throw new InvalidInputError([{ pointer: '', detail: 'has no id that names the message' }]);
    seen.messageId = name.id;
    const event = mapped(source, payload, headersOf(signed));
    seen.eventType = event.type;
    await this.demandSameAlias(source, name);
    const stored = await this.storedOnce(source, event, name, digestOf(signed.body));
    seen.eventId = stored.id;
    return { kind: 'event', eventId: stored.id, dispatched: this.dispatched(source, request, stored) };
  }

  /** The same work for a source that does not exist. */
  private demandSignature(source: WebhookSource | null, request: SignedRequest): void {
    const now = this.clock.now();
    const secrets = source ? this.openedSecrets(source, now) : [];
    const scheme = source ? schemeOf(source.scheme) : standard;
    const fault = scheme.inspect({ request, secrets, now, macs: this.macs });
    if (source && fault) throw new BadSignatureError(fault);
  }

  private openedSecrets(source: WebhookSource, now: number): string[] {
    try {
      return activeSecrets(source, now).map((secret) => this.secrets.open(source, secret));
    } catch (error) {
      if (!(error instanceof SealedSecretError)) throw error;
      this.logger.error(`The secrets of the webhook source ${source.id} cannot be opened: ${error.fault}.`);
      throw new StoreUnavailableError('The secrets of the webhook source cannot be read at the moment.');
    }
  }

  /** Refuses an unsigned id that named another content before, or a content that had another one. */
  private async demandSameAlias({ organization, id }: WebhookSource, { alias }: MessageName): Promise<void> {
    if (!alias) return;
    const request = { organization, operation: `webhook ${id}`, key: digestOf(JSON.stringify(alias.key)) };
    const known = await this.repeats.begin(request, alias.value, this.clock.now());
    if (known && known.fingerprint !== alias.value) throw new StateConflictError(OTHER_CONTENT);
  }

  private async storedOnce(
    source: WebhookSource,
    event: { type: string; data: Json },
    { identity }: MessageName,
    digest: string,
  ): Promise<StoredEvent> {
    const stored = await this.store(source, event, derivedId(0, 'webhook', source.id, ...identity), digest);
    if (stored.digest !== digest) throw new StateConflictError(OTHER_CONTENT);
    return stored;
  }

  private store(
    { id, organization }: WebhookSource,
    event: { type: string; data: Json },
    eventId: string,
    digest: string,
  ): Promise<StoredEvent> {
    return this.events.store({
      organization,
      ...event,
      id: eventId,
      source: `webhook:${id}`,
      digest,
      ...this.events.whence(),
    });
  }

  /** The sender does not wait for this; what fails is tried again as of every stored event. */
  private dispatched(source: WebhookSource, request: HookRequest, event: StoredEvent): Promise<Dispatched> {
    const dispatched = actingAs(actorOf(source, request), () => this.events.dispatch(event));
    dispatched.catch((error: unknown) =>
      this.logger.warn(`The event ${event.id} of ${event.organization} waits for recovery: ${messageOf(error, 300)}`),
    );
    return dispatched;
  }

  private tell(
    source: WebhookSource | null,
    { signed, address }: HookRequest,
    seen: Seen,
    reason: Reason | null,
    error: unknown,
  ): void {
    this.lifecycle.emit('webhook.received', { kind: source?.scheme.type ?? 'unknown', reason });
    if (source) this.note(source, { size: signed.body.length, address }, seen, reason, error);
  }

  private note(
    { id, organization }: WebhookSource,
    sizes: Pick<WebhookDelivery, 'size' | 'address'>,
    seen: Seen,
    reason: Reason | null,
    error: unknown,
  ): void {
    const { messageId = null, eventId = null, eventType = null, request = null, replayOf = null } = seen;
    const outcome = { result: reason === null ? ('accepted' as const) : ('refused' as const), reason };
    const detail = reason === null ? null : messageOf(error, LONGEST_DETAIL);
    const status = reason === null ? (eventId === null ? 200 : 202) : STATUSES[reason];
    const names = { organization, source: id, messageId, eventId, eventType, replayOf };
    this.log.note({ ...names, ...outcome, detail, status, ...sizes, request });
  }
}

const OTHER_CONTENT = 'The sender has used this id for another message, or sent this message under another id.';

const actorOf = ({ id }: WebhookSource, { address, requestId }: HookRequest): Actor => ({
  ...{ type: 'webhook', id, roles: [], address, requestId },
});

/** Why the request was refused; null where that is not about the request. */
function reasonOf(error: unknown, source: WebhookSource | null, { request }: Seen): Reason | null {
  if (error instanceof BadSignatureError) return error.code === 'stale-signature' ? 'stale' : 'signature';
  if (error instanceof NotFoundError) return source && request !== undefined ? 'disabled' : 'unknown-source';
  if (error instanceof InvalidInputError) return 'malformed';
  if (error instanceof UnmappedPayloadError) return 'unmapped';
  if (error instanceof StateConflictError) return 'conflict';
  return error instanceof StoreUnavailableError ? 'unavailable' : null;
}

/** What is kept of a verified request; null if it is too large. */
function keptOf(source: WebhookSource, signed: SignedRequest): KeptRequest | null {
  if (signed.body.length > LARGEST_KEPT) return null;
  const headers = headersReadBy(source).flatMap((name) => {
    const value = signed.only(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const contentType = signed.only('content-type') ?? null;
  return { body: signed.body.toString('base64'), contentType, headers: Object.fromEntries(headers) };
}

/** The answer to a sender that asks whether its receiver is there. */
function greetingOf({ scheme }: WebhookSource, signed: SignedRequest, payload: Json): { challenge?: string } | null {
  if (scheme.type === 'github' && signed.only('x-github-event') === 'ping') return {};
  if (scheme.type !== 'slack' || !isJsonObject(payload)) return null;
  const { type, challenge } = payload;
  return type === 'url_verification' && typeof challenge === 'string' ? { challenge: challenge.slice(0, 500) } : null;
}
