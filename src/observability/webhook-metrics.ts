import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { RunMetrics } from './run-metrics.js';

/** What came in at webhook sources of this instance. */
@Injectable()
export class WebhookMetrics {
  constructor(events: LifecycleEvents, { registry }: RunMetrics) {
    const requests = new Counter({
      name: 'task_runner_webhooks_total',
      help: 'Requests to webhook sources, by how the source has them signed, and by why they were refused, if they were.',
      labelNames: ['kind', 'reason'] as const,
      registers: [registry],
    });
    events.on('webhook.received', ({ kind, reason }) => requests.inc({ kind, reason: reason ?? 'accepted' }));
  }
}
