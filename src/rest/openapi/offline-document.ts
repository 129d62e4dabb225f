import { Module, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { OBSERVABILITY_CONTROLLERS } from '../../observability/controllers.js';
import { httpDefaults } from '../../settings/settings.schema.js';
import { API_CONTROLLERS } from '../controllers.js';
import { API_BASE, PUBLIC_URL } from '../http/api-base.js';
import { createHttpAdapter } from '../http/http-adapter.js';
import { openApiDocument } from './document.js';

const CONTROLLERS: readonly Type[] = [...API_CONTROLLERS, ...OBSERVABILITY_CONTROLLERS];

/** The dependencies of a controller; the document needs none of them to work. */
const neededBy = (controller: Type): Type[] =>
  (Reflect.getMetadata('design:paramtypes', controller) as Type[] | undefined) ?? [];

@Module({
  controllers: [...CONTROLLERS],
  providers: [
    ...[...new Set(CONTROLLERS.flatMap(neededBy))].map((provide): Provider => ({ provide, useValue: {} })),
    { provide: API_BASE, useValue: '' },
    { provide: PUBLIC_URL, useValue: null },
  ],
})
class DocumentedModule {}

/** The OpenAPI document, made without a store, a port or settings. */
export async function offlineDocument(): Promise<OpenAPIObject> {
  const app = await NestFactory.create<NestFastifyApplication>(DocumentedModule, createHttpAdapter(httpDefaults()), {
    logger: false,
    // Otherwise a missing provider would end the process without a message.
    abortOnError: false,
  });
  try {
    return openApiDocument(app);
  } finally {
    await app.close();
  }
}
