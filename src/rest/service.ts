import type { LoggerService, Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpAdapter } from './http-adapter.js';
import { HTTP_APP_OPTIONS, prepareHttpApp } from './http-app.js';

/** Makes the HTTP application of a module, which stops in order on SIGTERM and SIGINT. Rejects when a part cannot start. */
export async function createService(
  module: Type<unknown> | DynamicModule,
  logger: LoggerService,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(), {
    ...HTTP_APP_OPTIONS,
    logger,
    abortOnError: false,
  });
  prepareHttpApp(app);
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  return app;
}
