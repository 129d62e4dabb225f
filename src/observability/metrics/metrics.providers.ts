import type { Provider } from '@nestjs/common';
import { AuditMetrics } from './audit-metrics.js';
import { EngineMetrics } from './engine-metrics.js';
import { EventMetrics } from './event-metrics.js';
import { HookMetrics } from './hook-metrics.js';
import { HttpMetrics } from './http-metrics.js';
import { InstanceMetrics } from './instance-metrics.js';
import { Metrics } from './metrics.js';
import { OutboxMetrics } from './outbox-metrics.js';
import { OverdueMetrics } from './overdue-metrics.js';
import { QueueMetrics } from './queue-metrics.js';
import { RunMetrics } from './run-metrics.js';
import { StoreMetrics } from './store-metrics.js';
import { StoreReadings } from './store-readings.js';
import { TaskMetrics } from './task-metrics.js';
import { WebhookMetrics } from './webhook-metrics.js';

/** All that is measured, and where it is kept. */
export const METRICS: Provider[] = [
  Metrics,
  StoreReadings,
  RunMetrics,
  EventMetrics,
  EngineMetrics,
  QueueMetrics,
  TaskMetrics,
  OverdueMetrics,
  AuditMetrics,
  HookMetrics,
  OutboxMetrics,
  WebhookMetrics,
  InstanceMetrics,
  StoreMetrics,
  HttpMetrics,
];
