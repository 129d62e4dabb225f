import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { z } from 'zod';
import { ProblemResponse } from '../responses/problem.response.js';
import { inlineSchema, schemaComponents } from './schema-components.js';

const DESCRIPTION = `A multi-tenant scheduler: tasks (triggers, an action, policies), their runs, and events that start them.

Every call takes a bearer token: an API key, or a JWT with the claims \`sub\`, \`org\` and \`roles\` (viewer, operator, editor, admin; each
includes the ones before it). Instants are ISO 8601. Errors are problem details (RFC 9457).`;

/** The OpenAPI document of the application's routes. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, configuration(), {
    extraModels: [ProblemResponse],
    operationIdFactory: (controller, method) => operationId(controller, method),
    standardSchemaConverter: (schema) => ({ schema: inlineSchema(schema as z.ZodType) }),
  });
  return { ...document, components: { ...document.components, schemas: sorted(document) } };
}

/** Serves Swagger UI at /docs and the document at /docs-json, both without a token. */
export function serveDocumentation(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs-json',
    raw: ['json'],
    customSiteTitle: 'Scheduled Task Runner',
    swaggerOptions: { persistAuthorization: false, displayRequestDuration: true },
  });
}

const configuration = () =>
  new DocumentBuilder()
    .setTitle('Scheduled Task Runner')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addTag('tasks', 'What is done when')
    .addTag('runs', 'What was done, and how it went')
    .addTag('triggers', 'What makes a task due')
    .addTag('settings', 'What an organization has set for all of its tasks')
    .addTag('api-keys', 'How programs are let in')
    .addTag('instances', 'The processes that work')
    .addTag('audit', 'Who changed what, and how every run ended')
    .addTag('operations', 'Health and figures')
    .build();

/** `TasksController.list` is `listTasks`; a method whose name says it all stays as it is. */
function operationId(controller: string, method: string): string {
  const subject = controller.replace(/Controller$/, '');
  return NAMES[`${subject}.${method}`] ?? `${method}${subject.replace(/s$/, '')}`;
}

const NAMES: Record<string, string> = {
  'Tasks.list': 'listTasks',
  'Tasks.createMany': 'createTasks',
  'Tasks.nextRuns': 'listNextRuns',
  'Ledger.list': 'listOccurrences',
  'Runs.list': 'listRuns',
  'Runs.log': 'readRunLog',
  'Instances.list': 'listInstances',
  'ApiKeys.list': 'listApiKeys',
  'Triggers.preview': 'previewTrigger',
  'Triggers.receive': 'receiveEvent',
  'Audit.list': 'listAudit',
  'Audit.verify': 'verifyAudit',
  'Health.live': 'isLive',
  'Health.ready': 'isReady',
  'Metrics.metrics': 'readMetrics',
};

function sorted(document: OpenAPIObject) {
  const schemas = { ...document.components?.schemas, ...schemaComponents() };
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}
