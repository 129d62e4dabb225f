import { Injectable } from '@nestjs/common';
import { AuditAnchor } from '../../audit/anchor/audit-anchor.js';
import { TrailGuard } from '../../audit/trail-guard.js';
import { Clock } from '../../clock/clock.js';
import { Metrics, secondsSince } from './metrics.js';
import { StoreReadings } from './store-readings.js';

/** The faults that this instance found in audit trails, and how far behind the trails are. */
@Injectable()
export class AuditMetrics {
  constructor(guard: TrailGuard, { feeds }: AuditAnchor, { audit }: StoreReadings, clock: Clock, metrics: Metrics) {
    metrics.counted(
      'audit_alarms_total',
      'How many times an audit trail did not match what this instance knew of it.',
      () => guard.alarms,
    );
    metrics.countedEach(
      'audit_anchor_failures_total',
      'How many times heads of audit trails could not be kept outside of the store, by place.',
      'target',
      () => feeds.map(({ target, failures }) => [target.kind, failures]),
    );
    metrics.readEach(
      'audit_anchored_timestamp_seconds',
      'When the heads of all audit trails were kept outside of the store last, by place.',
      'target',
      () => feeds.flatMap(({ target, keptAt }) => (keptAt === null ? [] : [[target.kind, keptAt / 1000] as const])),
    );
    metrics.read(
      'audit_lag_seconds',
      'How long ago the first finished run ended whose outcome is not in the audit trail, of all instances; 0 for none.',
      () => audit.latest && secondsSince(audit.latest.waitsSince, clock.now()),
    );
  }
}
