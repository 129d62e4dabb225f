import { Module, type DynamicModule, type ModuleMetadata, type Type } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { ActorInterceptor } from './http/actor.interceptor.js';
import { TraceInterceptor } from './http/trace.interceptor.js';
import { AskerInterceptor } from './http/asker.interceptor.js';
import { AnswerRoom } from './http/answer-room.interceptor.js';
import { AuditExport } from './audit/audit-export.js';
import { BodyQuota } from './http/body-quota.interceptor.js';
import { BodyRoom } from './http/body-room.js';
import { API_CONTROLLERS } from './controllers.js';
import { ChangeHubs } from './changes/change-hubs.js';
import { ChangeStreams } from './changes/change-streams.js';
import { TrailHeads } from './changes/trail-heads.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { MeasuredPages } from './http/measured-pages.js';
import { ProblemFilter } from './http/problems/problem.filter.js';
import { API_BASE, PUBLIC_URL } from './http/api-base.js';
import { HookRates } from './webhooks/hook-rates.js';
import { ResourceHeaders } from './resource-headers.interceptor.js';
import { RunLogService } from './runs/run-log.service.js';
import { RunLogText } from './runs/run-log-text.js';
import { ServiceSurroundings } from './me/surroundings.js';

/** Which part of the API it is, and the path before `/v1`. */
export interface ApiPlace {
  controllers?: readonly Type[];
  base?: string;
  /** The address before `/v1` as callers outside see it, if it is configured. */
  publicUrl?: string | null;
}

/** The HTTP API. */
@Module({})
export class RestModule {
  /** `imports` must contain the module that exports the engine's services. */
  static forRoot(
    imports: NonNullable<ModuleMetadata['imports']>,
    { controllers = API_CONTROLLERS, base = '', publicUrl = null }: ApiPlace = {},
  ): DynamicModule {
    return {
      module: RestModule,
      imports,
      controllers: [...controllers],
      providers: [
        { provide: API_BASE, useValue: base },
        { provide: PUBLIC_URL, useValue: publicUrl },
        MeasuredPages,
        BodyRoom,
        HookRates,
        AuditExport,
        RunLogService,
        RunLogText,
        ServiceSurroundings,
        TrailHeads,
        ChangeHubs,
        ChangeStreams,
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_INTERCEPTOR, useClass: AskerInterceptor },
        { provide: APP_INTERCEPTOR, useClass: TraceInterceptor },
        { provide: APP_INTERCEPTOR, useClass: AnswerRoom },
        { provide: APP_INTERCEPTOR, useClass: BodyQuota },
        { provide: APP_INTERCEPTOR, useClass: ActorInterceptor },
        // The first one wraps the second: it stores the headers that the second adds.
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
        { provide: APP_INTERCEPTOR, useClass: ResourceHeaders },
      ],
    };
  }
}
