import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { AuditAnchor } from '../audit/anchor/audit-anchor.js';
import { TrailGuard } from '../audit/trail-guard.js';
import { RunMetrics } from './run-metrics.js';

/** The number of faults that this instance found in audit trails. */
@Injectable()
export class AuditMetrics {
  constructor(guard: TrailGuard, { feeds }: AuditAnchor, { registry }: RunMetrics) {
    new Gauge({
      name: 'task_runner_audit_alarms',
      help: 'How many times an audit trail did not match what this instance knew of it.',
      registers: [registry],
      collect() {
        this.set(guard.alarms);
      },
    });
    new Gauge({
      name: 'task_runner_audit_anchor_failures',
      help: 'How many times heads of audit trails could not be kept outside of the store, by place.',
      labelNames: ['target'],
      registers: [registry],
      collect() {
        for (const { target, failures } of feeds) this.set({ target: target.kind }, failures);
      },
    });
    new Gauge({
      name: 'task_runner_audit_anchored_timestamp_seconds',
      help: 'When the heads of all audit trails were kept outside of the store last, by place.',
      labelNames: ['target'],
      registers: [registry],
      collect() {
        for (const { target, keptAt } of feeds) if (keptAt !== null) this.set({ target: target.kind }, keptAt / 1000);
      },
    });
  }
}
