import { Injectable, Logger, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { derivedId } from '../../domain/ids.js';
import type { IdempotentRequest } from '../../idempotency/idempotency.store.js';
import { knownAnswer } from '../http/problems/problem.filter.js';
import { mayChange } from './changes-nothing.js';
import { setDerivedId } from './derived-id.js';
import { contentOf, idempotentRequestOf } from './idempotency-key.js';
import { IdempotencyService, type KeptAnswer } from '../../idempotency/idempotency.service.js';

const KEPT_HEADERS = ['location', 'etag'];

/**
 * Replays the first answer to a request that is repeated with its idempotency key, on every route that changes
 * something.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Idempotency');

  constructor(
    private readonly reflector: Reflector,
    private readonly idempotency: IdempotencyService,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!mayChange(this.reflector, request.method, context.getHandler())) return next.handle();
    const made = idempotentRequestOf(request);
    if (!made) return next.handle();
    return of(await this.once(made, request, context.switchToHttp().getResponse<FastifyReply>(), next));
  }

  private async once(made: IdempotentRequest, request: FastifyRequest, reply: FastifyReply, next: CallHandler) {
    const { begunAt, answer } = await this.idempotency.begin(made, contentOf(request));
    if (answer) return replay(reply, answer);
    setDerivedId(request, derivedId(begunAt, made.organization, made.operation, made.key));
    const body = await this.worked(made, next);
    await this.keep(made, { status: reply.statusCode, headers: keptHeaders(reply), body });
    return body;
  }

  private async worked(made: IdempotentRequest, next: CallHandler): Promise<unknown> {
    try {
      return await lastValueFrom(next.handle());
    } catch (error) {
      await this.failed(made, error);
      throw error;
    }
  }

  private async failed(made: IdempotentRequest, error: unknown): Promise<void> {
    const status = knownAnswer(error)?.problem.status ?? 500;
    if (status >= 500) return this.idempotency.break(made);
    await this.idempotency.refuse(made).catch((reason: unknown) => this.logger.warn(String(reason)));
  }

  /**
   * The request has been carried out, so it is answered even if the answer cannot be kept. Repeated, it changes
   * nothing.
   */
  private async keep(made: IdempotentRequest, answer: KeptAnswer): Promise<void> {
    await this.idempotency.complete(made, answer).catch((reason: unknown) => this.logger.warn(String(reason)));
  }
}

function replay(reply: FastifyReply, { status, headers, body }: KeptAnswer): unknown {
  void reply.status(status).headers(headers);
  return body;
}

const keptHeaders = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : [])),
  );
