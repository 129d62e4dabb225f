import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';

/** The controllers for the instance's health and metrics. */
export const OBSERVABILITY_CONTROLLERS = [HealthController, MetricsController];
