import { toIso, toIsoOrNull } from '../../domain/instants.js';
import type { Mapping } from '../../domain/payload-mapping.js';
import type { Scheme } from '../../webhooks/scheme-schema.js';
import { REASONS, RESULTS, type WebhookDelivery } from '../../webhooks/webhook-delivery.js';
import type { WithSecret } from '../../webhooks/webhook-sources.js';
import { NEXT_CURSOR, respond, Shown, ShownAs, ShownInstant } from '../http/expose.js';

/** A secret of a source, without its text. */
export class WebhookSecretResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @ShownInstant()
  createdAt!: string;

  @ShownInstant({ nullable: true, description: 'When it stops being accepted; null for the current one.' })
  endsAt!: string | null;
}

/** A webhook source. */
export class WebhookSourceResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown()
  name!: string;

  @Shown({ description: 'Where its requests are sent.' })
  url!: string;

  @Shown()
  enabled!: boolean;

  @ShownAs('WebhookScheme')
  scheme!: Scheme;

  @Shown({ nullable: true, type: String, description: 'The type of its events; null where the payload says it.' })
  event!: string | null;

  @ShownAs('WebhookMapping')
  mapping!: Mapping;

  @Shown({ type: [WebhookSecretResponse], description: 'The accepted secrets, the current one first.' })
  secrets!: WebhookSecretResponse[];

  @Shown({ description: 'The subject that created it.' })
  createdBy!: string;

  @ShownInstant()
  createdAt!: string;

  @ShownInstant()
  updatedAt!: string;

  @Shown({ description: 'The version of the source, as in its ETag.' })
  version!: string;

  @Shown({ required: false, description: 'A new secret. Only the answer to the request that made it shows it.' })
  secret?: string;
}

/** A page of webhook sources, newest first. */
export class WebhookSourcePage {
  @Shown({ type: [WebhookSourceResponse] })
  items!: WebhookSourceResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** What came in at a webhook source. */
export class WebhookDeliveryResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @ShownInstant()
  at!: string;

  @Shown({ enum: RESULTS })
  result!: string;

  @Shown({ nullable: true, type: String, enum: [...REASONS, null], description: 'Why it was refused.' })
  reason!: string | null;

  @Shown({ nullable: true, type: String, description: 'Why it was refused, in words.' })
  detail!: string | null;

  @Shown({ type: 'integer', description: 'The status of the answer.' })
  status!: number;

  @Shown({ type: 'integer', description: 'How many requests it stands for: of many refused ones most are counted.' })
  count!: number;

  @Shown({ nullable: true, type: String, description: "The sender's id of the message." })
  messageId!: string | null;

  @Shown({ nullable: true, type: String, format: 'uuid' })
  eventId!: string | null;

  @Shown({ nullable: true, type: String })
  eventType!: string | null;

  @Shown({ type: 'integer', description: 'The size of the body in bytes.' })
  size!: number;

  @Shown({ nullable: true, type: String, description: 'The address of the sender.' })
  address!: string | null;

  @Shown({ nullable: true, type: String, description: 'The delivery that it repeats.' })
  replayOf!: string | null;

  @Shown({ description: 'Whether it can be replayed.' })
  replayable!: boolean;
}

/** A page of what came in, newest first. */
export class WebhookDeliveryPage {
  @Shown({ type: [WebhookDeliveryResponse] })
  items!: WebhookDeliveryResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** What a sender is told. */
export class HookResponse {
  @Shown({ required: false, format: 'uuid', description: 'The event; absent if the sender only greeted.' })
  eventId?: string;

  @Shown({ required: false, description: 'What a sender of Slack wants to hear.' })
  challenge?: string;
}

/** `base` is the address of the API. */
export const toSourceResponse = ({ source, secret }: WithSecret, base: string): WebhookSourceResponse =>
  respond(WebhookSourceResponse, {
    ...source,
    url: `${base}/v1/hooks/${source.id}`,
    version: String(source.version),
    secrets: source.secrets.map(({ id, createdAt, endsAt }) => ({
      ...{ id, createdAt: toIso(createdAt), endsAt: toIsoOrNull(endsAt) },
    })),
    createdAt: toIso(source.createdAt),
    updatedAt: toIso(source.updatedAt),
    ...(secret !== undefined && { secret }),
  });

export const toDeliveryResponse = ({ at, request, ...delivery }: WebhookDelivery): WebhookDeliveryResponse =>
  respond(WebhookDeliveryResponse, { ...delivery, at: toIso(at), replayable: request !== null });
