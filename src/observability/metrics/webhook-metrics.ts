import { Injectable } from '@nestjs/common';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { Metrics } from './metrics.js';

/** What came in at webhook sources of this instance. */
@Injectable()
export class WebhookMetrics {
  constructor(events: LifecycleEvents, metrics: Metrics) {
    const requests = metrics.counter(
      'webhook_requests_total',
      'Requests to webhook sources, by how the source has them signed, and by why they were refused, if they were.',
      ['kind', 'reason'],
    );
    events.on('webhook.received', ({ kind, reason }) => requests.inc({ kind, reason: reason ?? 'accepted' }));
  }
}
