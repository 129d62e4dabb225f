import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { ALERT_KINDS } from '../../notifications/alerts/alert.js';
import { CHANNEL_TYPES } from '../../notifications/channels/channel.js';
import type { WithSecret } from '../../notifications/channels/channels.js';
import { DELIVERY_STATUSES, type NotificationDelivery } from '../../notifications/deliveries/delivery.js';
import { RULE_EVENTS, type Rule } from '../../notifications/rules/rule.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant } from '../http/expose.js';

/** Where notifications go. */
export class NotificationChannelResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown()
  name!: string;

  @Shown({ enum: CHANNEL_TYPES })
  type!: string;

  @Shown()
  enabled!: boolean;

  @Shown({ nullable: true, type: String, description: 'Why the runner disabled it; null where it did not.' })
  disabledReason!: string | null;

  @Shown({ nullable: true, type: String, description: 'The host in its address, which is never shown.' })
  host!: string | null;

  @Shown({ type: [String], description: 'The receivers of e-mail.' })
  to!: string[];

  @Shown({ description: 'The subject that created it.' })
  createdBy!: string;

  @ShownInstant()
  createdAt!: string;

  @ShownInstant()
  updatedAt!: string;

  @Shown({ description: 'The version of the channel, as in its ETag.' })
  version!: string;

  @Shown({ required: false, description: 'A new secret. Only the answer to the request that made it shows it.' })
  secret?: string;
}

/** A page of channels, newest first. */
export class NotificationChannelPage {
  @Shown({ type: [NotificationChannelResponse] })
  items!: NotificationChannelResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** What an organization wants to be told, and where. */
export class NotificationRuleResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown()
  name!: string;

  @Shown()
  enabled!: boolean;

  @Shown({ enum: RULE_EVENTS, isArray: true })
  on!: string[];

  @Shown({ type: [String], format: 'uuid' })
  channels!: string[];

  @Shown({ type: [String], description: 'Only these tasks; with none, all.' })
  tasks!: string[];

  @Shown({ type: [String], description: 'Only tasks with one of these tags; with none, all.' })
  tags!: string[];

  @Shown({ type: 'integer' })
  failures!: number;

  @Shown({ type: 'integer', nullable: true })
  repeatMs!: number | null;

  @Shown({ type: 'integer' })
  lateMs!: number;

  @Shown({ type: 'integer' })
  groupMs!: number;

  @Shown({ type: 'integer' })
  maxPerHour!: number;

  @Shown({ description: 'The subject that created it.' })
  createdBy!: string;

  @ShownInstant()
  createdAt!: string;

  @ShownInstant()
  updatedAt!: string;

  @Shown({ description: 'The version of the rule, as in its ETag.' })
  version!: string;
}

/** A page of rules, newest first. */
export class NotificationRulePage {
  @Shown({ type: [NotificationRuleResponse] })
  items!: NotificationRuleResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** One thing that is told. */
export class AlertResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ enum: ALERT_KINDS })
  kind!: string;

  @ShownInstant()
  at!: string;

  @Shown({ nullable: true, type: String })
  taskId!: string | null;

  @Shown({ nullable: true, type: String })
  taskName!: string | null;

  @Shown({ nullable: true, type: String })
  runId!: string | null;

  @Shown({ description: 'What happened, in a sentence.' })
  text!: string;
}

/** One try to deliver. */
export class DeliveryAttemptResponse {
  @ShownInstant()
  at!: string;

  @Shown({ type: 'integer' })
  durationMs!: number;

  @Shown({ type: 'integer', nullable: true, description: 'The status of the answer; null where there was none.' })
  status!: number | null;

  @Shown({ nullable: true, type: String, description: 'Why it failed; null where it did not.' })
  error!: string | null;

  @Shown({ nullable: true, type: String, description: "The start of the answer's text." })
  body!: string | null;
}

/** What goes out to a channel. */
export class NotificationDeliveryResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ format: 'uuid' })
  channel!: string;

  @Shown({ nullable: true, type: String, description: 'The rule that wants it.' })
  rule!: string | null;

  @Shown({ enum: DELIVERY_STATUSES })
  status!: string;

  @ShownInstant({ description: 'When it was made.' })
  at!: string;

  @ShownInstant({ nullable: true, description: 'When it is tried next; null where it is not.' })
  dueAt!: string | null;

  @ShownInstant({ nullable: true })
  deliveredAt!: string | null;

  @Shown({ type: [AlertResponse] })
  alerts!: AlertResponse[];

  @Shown({ type: 'integer', description: 'How many more alerts there were than are listed.' })
  more!: number;

  @Shown({ type: 'integer', description: 'How many alerts were held back because there were too many in an hour.' })
  heldBack!: number;

  @Shown({ type: 'integer', description: 'How often it was tried since it was made or sent again.' })
  tries!: number;

  @Shown({ type: [DeliveryAttemptResponse], description: 'The latest attempts, the newest last.' })
  attempts!: DeliveryAttemptResponse[];
}

/** A page of deliveries, newest first. */
export class NotificationDeliveryPage {
  @Shown({ type: [NotificationDeliveryResponse] })
  items!: NotificationDeliveryResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** What is sent again. */
export class RedeliveredResponse {
  @Shown({ type: 'integer', description: 'How many deliveries are sent again.' })
  count!: number;

  @Shown({ description: 'Whether there are more, which another request sends.' })
  more!: boolean;
}

export const toChannelResponse = ({ channel, secret }: WithSecret): NotificationChannelResponse =>
  respond(NotificationChannelResponse, {
    ...channel,
    version: String(channel.version),
    ...{ createdAt: toIso(channel.createdAt), updatedAt: toIso(channel.updatedAt) },
    ...(secret !== undefined && { secret }),
  });

export const toRuleResponse = (rule: Rule): NotificationRuleResponse =>
  respond(NotificationRuleResponse, {
    ...rule,
    version: String(rule.version),
    ...{ createdAt: toIso(rule.createdAt), updatedAt: toIso(rule.updatedAt) },
  });

export const toNotificationResponse = (delivery: NotificationDelivery): NotificationDeliveryResponse =>
  respond(NotificationDeliveryResponse, {
    ...delivery,
    at: toIso(delivery.at),
    ...{ dueAt: toIsoOrNull(delivery.dueAt), deliveredAt: toIsoOrNull(delivery.deliveredAt) },
    alerts: delivery.alerts.map((alert) => ({ ...alert, at: toIso(alert.at) })),
    attempts: delivery.attempts.map((attempt) => ({ ...attempt, at: toIso(attempt.at) })),
  });
