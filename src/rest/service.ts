import type { LoggerService, Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HttpSettings } from '../settings/settings.js';
import { createHttpAdapter } from './http/http-adapter.js';
import { HTTP_APP_OPTIONS, prepareHttpApp } from './http-app.js';

/**
 * Creates the HTTP application of a module. Rejects when a part cannot start.
 */
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
  return app;
}
