import { reasonOf } from '../domain/unreadable.js';
import { RESULTS, type WebhookDelivery } from '../webhooks/webhook-delivery.js';
import type { WebhookSource } from '../webhooks/webhook-source.js';
import {
  instantOr,
  isInstant,
  isNumber,
  isObject,
  isText,
  isTruth,
  listOf,
  objectIn,
  oneOf,
  orNone,
  readable,
  shaped,
  textOr,
  type Shape,
} from './shape.js';

const SECRET: Shape = { id: isText, sealed: isText, createdAt: isInstant, endsAt: orNone(isInstant) };
const SOURCE: Shape = {
  id: isText,
  organization: isText,
  version: isNumber,
  name: isText,
  enabled: isTruth,
  scheme: shaped({ type: isText }),
  event: orNone(isText),
  mapping: isObject,
  secrets: listOf(shaped(SECRET)),
  createdBy: isText,
  createdAt: isInstant,
  updatedAt: isInstant,
};

/** What names a source, and the rest of it as JSON. */
export interface SourceRow {
  id: string;
  organization: string;
  version: number;
  source: string;
}

export const sourceRow = ({ id, organization, version, ...rest }: WebhookSource): SourceRow => ({
  ...{ id, organization, version },
  source: JSON.stringify(rest),
});

/** The source; one whose record cannot be read accepts nothing, and can be removed. */
export const readableSource = ({ id, organization, version, source }: SourceRow): WebhookSource =>
  readable<WebhookSource>(
    () => ({ ...objectIn(source), id, organization, version }) as WebhookSource,
    SOURCE,
    (error) => ({
      ...{ id: String(id), organization: textOr(organization, ''), version: Number(version) || 0 },
      ...{ name: '(unreadable)', enabled: false, scheme: { type: 'standard' }, event: null, mapping: {}, secrets: [] },
      ...{ createdBy: '', createdAt: 0, updatedAt: 0, unreadable: reasonOf(error) },
    }),
  );

const DELIVERY: Shape = {
  id: isText,
  organization: isText,
  source: isText,
  at: isInstant,
  result: oneOf(RESULTS),
  reason: orNone(isText),
  status: isNumber,
  count: isNumber,
  size: isNumber,
  request: orNone(shaped({ body: isText, headers: isObject })),
};

/** What finds a delivery, and the rest of it as JSON. */
export interface DeliveryRow {
  id: string;
  organization: string;
  source: string;
  at: number;
  result: string;
  /** Of the kept request. */
  bytes: number;
  delivery: string;
}

export const deliveryRow = ({ id, organization, source, at, result, ...rest }: WebhookDelivery): DeliveryRow => {
  const delivery = JSON.stringify(rest);
  return { id, organization, source, at, result, bytes: Buffer.byteLength(delivery), delivery };
};

/** The delivery; of one whose record cannot be read, what is known. */
export const readableDelivery = ({ id, organization, source, at, result, delivery }: DeliveryRow): WebhookDelivery =>
  readable<WebhookDelivery>(
    () => ({ ...objectIn(delivery), id, organization, source, at, result }) as WebhookDelivery,
    DELIVERY,
    (error) => ({
      ...{ id: String(id), organization: textOr(organization, ''), source: textOr(source, ''), at: instantOr(at, 0) },
      ...{ result: result === 'accepted' ? result : 'refused', reason: null, detail: reasonOf(error), status: 0 },
      ...{ count: 1, messageId: null, eventId: null, eventType: null, size: 0, address: null, replayOf: null },
      request: null,
    }),
  );
