import type { LoggerService, Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HttpSettings } from '../settings/settings.js';
import { createHttpAdapter } from './http-adapter.js';
import { HTTP_APP_OPTIONS, prepareHttpApp } from './http-app.js';

/** Makes the HTTP application of a module, which stops in order on SIGTERM and SIGINT. Rejects when a part cannot start. */
export async function createService(
  module: Type<unknown> | DynamicModule,
  logger: LoggerService,
  http: HttpSettings,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(http), {
    ...HTTP_APP_OPTIONS,
    logger,
    abortOnError: false,
  });
  prepareHttpApp(app);
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  return app;
}
