import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { z } from 'zod';
import { ProblemResponse } from '../http/problems/problem.response.js';
import { complete } from './complete.js';
import { ERROR_EXAMPLES } from './error-examples.js';
import { operationId } from './operation-ids.js';
import { factsByOperation } from './route-facts.js';
import { inlineSchema, schemaComponents } from './schema-components.js';

const DESCRIPTION = `A multi-tenant scheduler: tasks (triggers, an action, policies), their runs, and events that start them.

Every call under /v1 needs a bearer token: an API key, or a JWT with the claims \`sub\`, \`org\` and \`roles\` (viewer, operator, editor,
admin; each includes the ones before it). Instants follow RFC 3339. Errors are problem details (RFC 9457), including those that no
operation lists: 405 with \`Allow\`, 408, 417, 431 and 500.`;

/** The OpenAPI document of the application's routes. */
export function openApiDocument(app: INestApplication, base = ''): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, configuration(base), {
    extraModels: [ProblemResponse],
    operationIdFactory: operationId,
    standardSchemaConverter: (schema) => ({ schema: inlineSchema(schema as z.ZodType) }),
  });
  const components = { ...document.components, schemas: sorted(document), examples: ERROR_EXAMPLES };
  return complete({ ...document, components }, factsByOperation(app, operationId));
}

/** Serves Swagger UI at /docs and the document at /docs-json, both without a token. */
export function serveDocumentation(app: INestApplication, base = ''): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app, base), {
    jsonDocumentUrl: 'docs-json',
    raw: ['json'],
    customSiteTitle: 'Scheduled Task Runner',
    swaggerOptions: { persistAuthorization: false, displayRequestDuration: true },
  });
}

function configuration(base: string) {
  const builder = new DocumentBuilder()
    .setTitle('Scheduled Task Runner')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addServer(base || '/', 'This service')
    .addTag('tasks', 'What to do, and when')
    .addTag('occurrences', 'What became of what should have happened, of many tasks at once')
    .addTag('runs', 'What was done, and how it went')
    .addTag('triggers', 'What makes a task due')
    .addTag('forecast', 'The expected load')
    .addTag('stats', 'The figures of a dashboard')
    .addTag('queues', 'Queues: what waits in them, who works them, and their pauses')
    .addTag('settings', 'Settings of an organization for all of its tasks')
    .addTag('installation', 'Settings of organizations by the operators of the installation')
    .addTag('api-keys', 'Keys that let programs in')
    .addTag('events', 'Events that start tasks')
    .addTag('notifications', 'Who is told of what, and what went out')
    .addTag('reports', 'What happened in a stretch of time, summed up')
    .addTag('dead-letters', 'Messages of brokers that could not become events')
    .addTag('webhooks', 'Senders outside of the installation whose signed requests become events')
    .addTag('instances', 'The processes that do the work')
    .addTag('me', 'Who sends the request')
    .addTag('audit', 'Who changed what, and how every run ended')
    .addTag('operations', 'Health and metrics');
  // Only the service has the guide.
  if (base === '') builder.setExternalDoc('The guide, where the service has it', '/guide/start');
  return builder.build();
}

function sorted(document: OpenAPIObject) {
  const schemas = { ...document.components?.schemas, ...schemaComponents() };
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}
