import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Observable } from 'rxjs';
import { traceContextOf, traceIdOf } from '../../domain/trace-context.js';
import { noteTrace } from '../../observability/traced-requests.js';
import { Tracing } from '../../tracing/tracing.js';

/** Handles each request as a part of the trace that its sender, or what traces the server, says it is. */
@Injectable()
export class TraceInterceptor implements NestInterceptor {
  constructor(private readonly tracing: Tracing) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!this.tracing.isOn) return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const told = traceContextOf(request.headers.traceparent, request.headers['tracestate']);
    const trace = this.tracing.current() ?? told;
    if (!trace) return next.handle();
    noteTrace(request, traceIdOf(trace));
    // The handler runs when the observable is subscribed to.
    return new Observable((subscriber) => this.tracing.continuing(trace, () => next.handle().subscribe(subscriber)));
  }
}
