import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { tap, type Observable } from 'rxjs';
import { toEtag } from './etag.js';
import { RunResponse } from './responses/run.response.js';
import { SettingsResponse } from './responses/settings.response.js';
import { TaskResponse } from './responses/task.response.js';

/** Adds `ETag` to every task and all settings that are answered, and `Location` to what was created. */
@Injectable()
export class ResourceHeaders implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(tap((body) => addHeaders(reply, body)));
  }
}

function addHeaders(reply: FastifyReply, body: unknown): void {
  if (body instanceof TaskResponse || body instanceof SettingsResponse) void reply.header('etag', toEtag(body.version));
  if (reply.statusCode !== 201 && reply.statusCode !== 202) return;
  if (body instanceof TaskResponse) void reply.header('location', `/v1/tasks/${body.id}`);
  if (body instanceof RunResponse) void reply.header('location', `/v1/runs/${body.id}`);
}
