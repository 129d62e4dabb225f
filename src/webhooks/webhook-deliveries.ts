import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { NotFoundError, StateConflictError } from '../domain/errors.js';
import { newId } from '../domain/ids.js';
import type { Page } from '../domain/listing.js';
import type { Dispatched } from '../events/events.service.js';
import { WebhookDeliveryReads, WebhookDeliveryStore } from './ports/webhook-delivery.store.js';
import { sampleFor, type Sample } from './sample.js';
import { SignedRequest } from './schemes/signed-request.js';
import { schemeOf } from './schemes/schemes.js';
import { SourceSecrets } from './source-secrets.js';
import type { DeliveryResult, WebhookDelivery } from './webhook-delivery.js';
import { WebhookDoor, type DoorAnswer } from './webhook-door.js';
import { WebhookSources } from './webhook-sources.js';

/** What came in at webhook sources, and sending it again. */
@Injectable()
export class WebhookDeliveries {
  constructor(
    private readonly sources: WebhookSources,
    private readonly store: WebhookDeliveryStore,
    private readonly reads: WebhookDeliveryReads,
    private readonly door: WebhookDoor,
    private readonly secrets: SourceSecrets,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFoundError */
  async list(organization: string, source: string, page: Page, result?: DeliveryResult): Promise<WebhookDelivery[]> {
    await this.sources.get(organization, source);
    return this.reads.list({ organization, source }, page, result);
  }

  /**
   * Makes an event of a delivery again, by the mapping that its source has now. `id` becomes the event's, so that a
   * request that is repeated makes no other one.
   * @throws NotFoundError, StateConflictError, InvalidInputError, UnmappedPayloadError
   */
  async replay(organization: string, sourceId: string, id: string, eventId?: string): Promise<Dispatched> {
    const source = await this.sources.get(organization, sourceId);
    const delivery = await this.store.find({ organization, source: sourceId }, id);
    if (!delivery) throw new NotFoundError('delivery', id);
    if (!delivery.request)
      throw new StateConflictError(
        'Nothing is kept of this delivery: its signature was not verified, or it is larger than 64 KiB.',
      );
    await this.sources.record(source, 'replayed', { after: { delivery: id } });
    return this.door.again(source, delivery.request, id, eventId ?? newId(this.clock.now()));
  }

  /** Signs a sample with the current secret, and sends it through the same door. @throws NotFoundError, StateConflictError */
  async test(organization: string, sourceId: string, sample: Sample): Promise<DoorAnswer> {
    const source = await this.sources.get(organization, sourceId);
    const [secret] = source.secrets;
    const now = this.clock.now();
    const id = `test_${randomUUID()}`;
    const { body, headers } = sampleFor(source, sample, { id, at: new Date(now).toISOString() });
    const bytes = Buffer.from(JSON.stringify(body));
    const text = secret && this.secrets.open(source, secret);
    const signature = text === undefined ? null : schemeOf(source.scheme).sign(text, bytes, { id, now });
    if (!signature) throw new StateConflictError('The source has a public key only, which cannot sign a sample.');
    await this.sources.record(source, 'tested', {});
    const signed = SignedRequest.of(bytes, { ...headers, ...signature });
    return this.door.receive({ sourceId, signed, address: null, requestId: null });
  }
}
