import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Metrics } from './metrics.js';

const BUCKETS = [0.005, 0.025, 0.1, 0.5, 2.5, 10];
/** Stands for paths that lead nowhere: callers make them up. */
const NOWHERE = '(none)';
const REFUSALS = ['401', '403', '429'];
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);

/** The answers of this instance's API, by route. */
@Injectable()
export class HttpMetrics {
  private readonly requests;
  private readonly seconds;
  private readonly refusals;

  constructor(metrics: Metrics) {
    this.requests = metrics.counter('http_requests_total', 'Requests that were answered, by route and status.', [
      ...(['method', 'route', 'code'] as const),
    ]);
    this.seconds = metrics.histogram(
      'http_request_duration_seconds',
      'How long requests took until their answers were sent, by route; streams that clients follow are left out.',
      BUCKETS,
      ['method', 'route'],
    );
    this.refusals = metrics.counter(
      'http_refusals_total',
      'Requests that were refused: 401 not known, 403 not allowed, 429 too many.',
      ['code'],
      REFUSALS.map((code) => ({ code })),
    );
  }

  /** Counts what the server answers; before its routes are registered. */
  watch(server: FastifyInstance): void {
    server.addHook('onResponse', (request, reply, done) => {
      this.count(request, reply);
      done();
    });
  }

  private count({ method: used, routeOptions, is404 }: FastifyRequest, reply: FastifyReply): void {
    const route = is404 ? NOWHERE : (routeOptions.url ?? NOWHERE);
    const method = METHODS.has(used) ? used : 'OTHER';
    const code = String(reply.statusCode);
    this.requests.inc({ method, route, code });
    if (REFUSALS.includes(code)) this.refusals.inc({ code });
    if (!String(reply.getHeader('content-type')).startsWith('text/event-stream'))
      this.seconds.observe({ method, route }, reply.elapsedTime / 1000);
  }
}
