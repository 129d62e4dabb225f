import { Injectable, Logger, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { organizationOf } from '../../auth/caller.js';
import { derivedId } from '../../domain/ids.js';
import { IdempotencyStore, type IdempotentRequest, type IdempotentResponse } from '../idempotency.store.js';
import { knownAnswer } from '../problems/problem.filter.js';
import { setDerivedId } from './derived-id.js';
import { contentHash, idempotencyKeyOf } from './idempotency-key.js';
import { IdempotencyService } from './idempotency.service.js';

/** Marks a route that honours `Idempotency-Key`, with its name, as in `POST /v1/tasks`. */
export const Idempotent = Reflector.createDecorator<string>();

const KEPT_HEADERS = ['location', 'etag'];

/** Replays the first answer to a request that is made again under its idempotency key. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Idempotency');

  constructor(
    private readonly reflector: Reflector,
    private readonly idempotency: IdempotencyService,
    private readonly store: IdempotencyStore,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const route = this.reflector.get(Idempotent, context.getHandler());
    const key = route === undefined ? undefined : idempotencyKeyOf(request);
    if (route === undefined || key === undefined) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return of(
      await this.once(
        { organization: organizationOf(request), route, key, bodyHash: contentHash(request) },
        request,
        reply,
        next,
      ),
    );
  }

  private async once(made: IdempotentRequest, request: FastifyRequest, reply: FastifyReply, next: CallHandler) {
    const { begunAt, response } = await this.idempotency.begin(made);
    if (response) return replay(reply, response);
    setDerivedId(request, derivedId(begunAt, made.organization, made.route, made.key));
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

  /** What was asked for is done, so it is answered also when its answer cannot be kept: repeated, it changes nothing. */
  private async keep(made: IdempotentRequest, response: IdempotentResponse): Promise<void> {
    const body: unknown = JSON.parse(JSON.stringify(response.body));
    await this.store.complete(made, { ...response, body }).catch((reason: unknown) => this.logger.warn(String(reason)));
  }
}

function replay(reply: FastifyReply, { status, headers, body }: IdempotentResponse): unknown {
  void reply.status(status).headers(headers);
  return body;
}

const keptHeaders = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : [])),
  );
