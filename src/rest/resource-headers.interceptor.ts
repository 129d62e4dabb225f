import { HttpStatus, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { demandVersion } from '../domain/version-condition.js';
import { conditionOf, hasAlready } from './protocol/conditional.js';
import { toEtag } from './protocol/entity-tags.js';
import { GrantsResponse } from './responses/grants.response.js';
import { RunResponse } from './responses/run.response.js';
import { SettingsResponse } from './responses/settings.response.js';
import { TaskResponse } from './responses/task.response.js';

/**
 * Adds `ETag` to every task, all settings and all grants that are answered, and `Location` to what was created. Whoever reads a
 * version that it has already is told just that.
 */
@Injectable()
export class ResourceHeaders implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(map((body: unknown) => withHeaders(reply, body)));
  }
}

function withHeaders(reply: FastifyReply, body: unknown): unknown {
  if (body instanceof TaskResponse || body instanceof SettingsResponse || body instanceof GrantsResponse)
    return versioned(reply, body);
  if (body instanceof RunResponse && isNew(reply)) void reply.header('location', `/v1/runs/${body.id}`);
  return body;
}

function versioned(reply: FastifyReply, body: TaskResponse | SettingsResponse | GrantsResponse): unknown {
  void reply.header('etag', toEtag(body.version));
  if (body instanceof TaskResponse && isNew(reply)) void reply.header('location', `/v1/tasks/${body.id}`);
  const { headers, method } = reply.request;
  if (method !== 'GET' && method !== 'HEAD') return body;
  demandVersion('', body.version, { ...conditionOf(headers), noneOf: [] });
  if (!hasAlready(headers, body.version)) return body;
  void reply.status(HttpStatus.NOT_MODIFIED);
  return undefined;
}

/** Whether the status tells of something that was made. */
const isNew = ({ statusCode }: FastifyReply): boolean => statusCode === 201 || statusCode === 202;
