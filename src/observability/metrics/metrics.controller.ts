import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Registry } from 'prom-client';
import { Public } from '../../auth/permissions.js';
import { Metrics } from './metrics.js';
import { openMetrics } from './open-metrics.js';

/** Serves the metrics to Prometheus. */
@ApiTags('operations')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metricsOfInstance: Metrics) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'Shows the metrics of this instance, for Prometheus.' })
  @ApiProduces('text/plain', 'application/openmetrics-text')
  @ApiResponse({ status: 200, schema: { type: 'string' } })
  metrics(@Headers('accept') accept = '', @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { registry } = this.metricsOfInstance;
    const isOpen = accept.includes('application/openmetrics-text');
    reply.header('content-type', isOpen ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE);
    return isOpen ? openMetrics(registry) : registry.metrics();
  }
}
