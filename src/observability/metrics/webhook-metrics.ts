import { Injectable } from '@nestjs/common';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { SCHEME_TYPES } from '../../webhooks/scheme-schema.js';
import { REASONS } from '../../webhooks/webhook-delivery.js';
import { Metrics } from './metrics.js';

const OUTCOMES = ['accepted', ...REASONS.filter((reason) => reason !== 'unknown-source')];
/** Only of a source that there is, it is known how it signs. */
const SERIES = [
  { kind: 'unknown', reason: 'unknown-source' },
  ...SCHEME_TYPES.flatMap((kind) => OUTCOMES.map((reason) => ({ kind, reason }))),
];

/** What came in at webhook sources of this instance. */
@Injectable()
export class WebhookMetrics {
  constructor(events: LifecycleEvents, metrics: Metrics) {
    const requests = metrics.counter(
      'webhook_requests_total',
      'Requests to webhook sources, by how the source has them signed, and by why they were refused, if they were.',
      ['kind', 'reason'],
      SERIES,
    );
    events.on('webhook.received', ({ kind, reason }) => requests.inc({ kind, reason: reason ?? 'accepted' }));
  }
}
