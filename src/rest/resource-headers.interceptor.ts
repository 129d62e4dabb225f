import {
  HttpStatus,
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { demandVersion } from '../domain/version-condition.js';
import { API_BASE } from './http/api-base.js';
import { conditionOf, hasAlready } from './http/protocol/conditional.js';
import { toEtag } from './http/protocol/entity-tags.js';
import { InstallationSettingsResponse } from './installation/installation-settings.response.js';
import { GrantsResponse } from './installation/grants.response.js';
import { NotificationChannelResponse, NotificationRuleResponse } from './notifications/notification.response.js';
import { ReportScheduleResponse } from './reports/report.response.js';
import { RunResponse } from './runs/run.response.js';
import { SettingsResponse } from './settings/settings.response.js';
import { TaskResponse } from './tasks/task.response.js';
import { WebhookSourceResponse } from './webhooks/webhook.response.js';

/**
 * Adds `ETag` to every task, settings, grants, webhook source, notification channel, rule and schedule of reports in an
 * answer, and `Location` to what was created. A reader that already has the version gets 304.
 */
@Injectable()
export class ResourceHeaders implements NestInterceptor {
  constructor(@Inject(API_BASE) private readonly base: string) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(map((body: unknown) => withHeaders(reply, body, this.base)));
  }
}

/** Where those that are created are found. */
const PLACES = [
  [TaskResponse, 'tasks'],
  [WebhookSourceResponse, 'webhook-sources'],
  [NotificationChannelResponse, 'notification-channels'],
  [NotificationRuleResponse, 'notification-rules'],
  [ReportScheduleResponse, 'report-schedules'],
] as const;
const VERSIONED = [
  ...PLACES.map(([type]) => type),
  SettingsResponse,
  GrantsResponse,
  InstallationSettingsResponse,
] as const;
type Versioned = InstanceType<(typeof VERSIONED)[number]>;

function withHeaders(reply: FastifyReply, body: unknown, base: string): unknown {
  if (VERSIONED.some((type) => body instanceof type)) return versioned(reply, body as Versioned, base);
  if (body instanceof RunResponse && isNew(reply)) void reply.header('location', `${base}/v1/runs/${body.id}`);
  return body;
}

function versioned(reply: FastifyReply, body: Versioned, base: string): unknown {
  const version = String(body.version);
  void reply.header('etag', toEtag(version));
  const [, place] = PLACES.find(([type]) => body instanceof type) ?? [];
  if (place && isNew(reply)) void reply.header('location', `${base}/v1/${place}/${(body as { id: string }).id}`);
  const { headers, method } = reply.request;
  if (method !== 'GET' && method !== 'HEAD') return body;
  demandVersion('', version, { ...conditionOf(headers), noneOf: [] });
  if (!hasAlready(headers, version)) return body;
  void reply.status(HttpStatus.NOT_MODIFIED);
  return undefined;
}

/** Whether the status says that something was created. */
const isNew = ({ statusCode }: FastifyReply): boolean => statusCode === 201 || statusCode === 202;
