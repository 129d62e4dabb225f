import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Observable } from 'rxjs';
import { askedBy } from '../../batching/asker.js';
import { OverloadedError } from '../../domain/errors.js';

/** Requests that change nothing. What changes something goes on, whether its client hears of it or not. */
const READING = ['GET', 'HEAD'];

/** Lets what a request waits for know when its client has gone, so that it leaves every line. */
@Injectable()
export class AskerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    if (!READING.includes(http.getRequest<FastifyRequest>().method)) return next.handle();
    const { raw } = http.getResponse<FastifyReply>();
    const gone = new AbortController();
    raw.once('close', () => {
      if (!raw.writableFinished) gone.abort(new OverloadedError('The client went away before its turn came.'));
    });
    return new Observable((subscriber) => askedBy(gone.signal, () => next.handle().subscribe(subscriber)));
  }
}
