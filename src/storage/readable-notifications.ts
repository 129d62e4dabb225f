import type { JsonObject } from '../domain/json.js';
import { reasonOf } from '../domain/unreadable.js';
import {
  DELIVERY_STATUSES,
  type DeliveryStatus,
  type NotificationDelivery,
} from '../notifications/deliveries/delivery.js';
import { type NotificationRecord, type RecordKind } from '../notifications/ports/notification.store.js';
import { instantOr, isInstant, isNumber, isText, listOf, objectIn, oneOf, orNone, readable, shaped, textOr, type Shape } from './shape.js'; // prettier-ignore

/** A record with its body as JSON. */
export interface RecordRow extends Omit<NotificationRecord, 'body' | 'kind'> {
  kind: string;
  body: string;
}

export const recordRow = ({ kind, organization, id, version, at, body }: NotificationRecord): RecordRow => ({
  ...{ kind, organization, id, version, at },
  body: JSON.stringify(body),
});

/** The record; one that cannot be read has a body that says why. */
export function readableRecord({ kind, organization, id, version, at, body }: RecordRow): NotificationRecord {
  const known = { kind: kind as RecordKind, organization: textOr(organization, ''), id: String(id) };
  const rest = { version: Number(version) || 0, at: instantOr(at, 0) };
  try {
    return { ...known, ...rest, body: objectIn(body) as JsonObject };
  } catch (error) {
    return { ...known, ...rest, body: { unreadable: reasonOf(error) } };
  }
}

const ALERT: Shape = { id: isText, kind: isText, at: isInstant, text: isText };
const ATTEMPT: Shape = { at: isInstant, durationMs: isNumber, status: orNone(isNumber) };
const DELIVERY: Shape = {
  id: isText,
  organization: isText,
  channel: isText,
  status: oneOf(DELIVERY_STATUSES),
  version: isNumber,
  at: isInstant,
  dueAt: orNone(isInstant),
  alerts: listOf(shaped(ALERT)),
  more: isNumber,
  heldBack: isNumber,
  tries: isNumber,
  attempts: listOf(shaped(ATTEMPT)),
};

/** What finds a delivery, and the rest of it as JSON. */
export interface NotificationDeliveryRow {
  id: string;
  organization: string;
  channel: string;
  status: string;
  version: number;
  at: number;
  dueAt: number | null;
  delivery: string;
}

export const notificationRow = ({
  id,
  organization,
  channel,
  status,
  version,
  at,
  dueAt,
  ...rest
}: NotificationDelivery): NotificationDeliveryRow => ({
  // prettier-ignore
  ...{ id, organization, channel, status, version, at, dueAt },
  delivery: JSON.stringify(rest),
});

/** The delivery; of one that cannot be read, what is known, and it is not tried. */
export const readableNotification = ({ delivery, ...row }: NotificationDeliveryRow): NotificationDelivery =>
  readable<NotificationDelivery>(
    () => ({ ...objectIn(delivery), ...row, status: row.status as DeliveryStatus }) as NotificationDelivery,
    DELIVERY,
    (error) => ({
      ...{ id: String(row.id), organization: textOr(row.organization, ''), channel: textOr(row.channel, '') },
      ...{ rule: null, version: Number(row.version) || 0, status: 'failed', at: instantOr(row.at, 0), dueAt: null },
      ...{ takenBy: null, alerts: [], more: 0, heldBack: 0, tries: 0, deliveredAt: null },
      attempts: [{ at: instantOr(row.at, 0), durationMs: 0, status: null, error: reasonOf(error), body: null }],
    }),
  );
