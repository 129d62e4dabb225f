import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Observable } from 'rxjs';
import { actingAs, type Actor } from '../../audit/actor.js';
import { addressOf } from '../../auth/host-identification.js';
import { callerOf, type Caller } from '../../auth/caller.js';

/**
 * Handles each request in the name of its caller, so that the audit trail shows the caller as the actor of each change.
 */
@Injectable()
export class ActorInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = callerOf(request);
    if (!caller) return next.handle();
    // The handler runs when the observable is subscribed to.
    return new Observable((subscriber) =>
      actingAs(actorOf(caller, request), () => next.handle().subscribe(subscriber)),
    );
  }
}

const actorOf = ({ subject, apiKey, roles }: Caller, request: FastifyRequest): Actor => ({
  type: apiKey === undefined ? 'user' : 'api-key',
  id: apiKey ?? subject,
  roles,
  address: addressOf(request),
  requestId: request.id,
});
