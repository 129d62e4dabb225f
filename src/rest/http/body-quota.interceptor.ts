import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { callerOf } from '../../auth/caller.js';
import { PayloadTooLargeError } from '../../domain/errors.js';
import { QuotasService } from '../../organizations/quotas.service.js';

const sizes = new WeakMap<FastifyRequest, number>();

/** Remembers how many bytes the body of a request has. */
export const setBodySize = (request: FastifyRequest, bytes: number): void => void sizes.set(request, bytes);

/** Refuses a body that is larger than its organization may send. */
@Injectable()
export class BodyQuota implements NestInterceptor {
  constructor(private readonly quotas: QuotasService) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const [caller, size] = [callerOf(request), sizes.get(request)];
    if (!caller || size === undefined) return next.handle();
    const { payloadBytes = Number.POSITIVE_INFINITY } = await this.quotas.of(caller.organization);
    if (size > payloadBytes) throw new PayloadTooLargeError(payloadBytes);
    return next.handle();
  }
}
