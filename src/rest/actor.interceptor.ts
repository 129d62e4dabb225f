import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Observable } from 'rxjs';
import { actingAs, type Actor } from '../audit/actor.js';
import { callerOf, type Caller } from '../auth/caller.js';

/** Works each request off in the name of its caller, so that whatever it changes is audited as the caller's doing. */
@Injectable()
export class ActorInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = callerOf(request);
    if (!caller) return next.handle();
    // The handler is called when the observable is subscribed to.
    return new Observable((subscriber) =>
      actingAs(actorOf(caller, request), () => next.handle().subscribe(subscriber)),
    );
  }
}

const actorOf = ({ subject, apiKey, roles }: Caller, { ip, id }: FastifyRequest): Actor => ({
  type: apiKey === undefined ? 'user' : 'api-key',
  id: apiKey ?? subject,
  roles,
  address: ip,
  requestId: id,
});
