import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { ConsumerStatus } from '../../outbox/outbox.service.js';
import { Metrics, secondsSince } from './metrics.js';
import { StoreReadings } from './store-readings.js';

/** What waits for consumers, and what they have got, as of the last reading; nothing without a consumer. */
@Injectable()
export class OutboxMetrics {
  constructor({ outbox }: StoreReadings, clock: Clock, metrics: Metrics) {
    const each = (of: (status: ConsumerStatus) => number) => () =>
      (outbox.latest?.consumers ?? []).map((status) => [status.name, of(status)] as const);
    metrics.countedEach(
      'outbox_delivered_total',
      'Messages that a consumer has got from this instance.',
      'consumer',
      each(({ delivered }) => delivered),
    );
    metrics.countedEach(
      'outbox_given_up_total',
      'Messages that this instance has given up because the consumer refused them.',
      'consumer',
      each(({ givenUp }) => givenUp),
    );
    metrics.countedEach(
      'outbox_lost_total',
      'Messages of all instances that a consumer has not got because they waited too long or were too many.',
      'consumer',
      each(({ lost }) => lost),
    );
    metrics.readEach(
      'outbox_waiting',
      'Messages that wait for a consumer in the memory of this instance.',
      'consumer',
      each(({ waiting }) => waiting),
    );
    metrics.readEach(
      'outbox_failing',
      'Whether a consumer accepts nothing from this instance.',
      'consumer',
      each(({ trouble }) => (trouble ? 1 : 0)),
    );
    metrics.read(
      'outbox_bytes',
      'Bytes of messages that wait in the store, of all instances.',
      () => outbox.latest?.bytes ?? null,
    );
    metrics.read(
      'outbox_oldest_age_seconds',
      'How long the oldest message has waited in the store, of all instances; 0 for none.',
      () => outbox.latest && secondsSince(outbox.latest.oldest, clock.now()),
    );
  }
}
