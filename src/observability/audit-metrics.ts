import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { TrailGuard } from '../audit/trail-guard.js';
import { RunMetrics } from './run-metrics.js';

/** What this instance found wrong with audit trails. */
@Injectable()
export class AuditMetrics {
  constructor(guard: TrailGuard, metrics: RunMetrics) {
    new Gauge({
      name: 'task_runner_audit_alarms',
      help: 'How many times an audit trail was not what this instance knew of it.',
      registers: [metrics.registry],
      collect() {
        this.set(guard.alarms);
      },
    });
  }
}
