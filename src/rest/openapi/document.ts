import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { z } from 'zod';
import { ProblemResponse } from '../responses/problem.response.js';
import { complete } from './complete.js';
import { rolesByOperation } from './roles.js';
import { inlineSchema, schemaComponents } from './schema-components.js';

const DESCRIPTION = `A multi-tenant scheduler: tasks (triggers, an action, policies), their runs, and events that start them.

Every call takes a bearer token: an API key, or a JWT with the claims \`sub\`, \`org\` and \`roles\` (viewer, operator, editor, admin; each
includes the ones before it). Instants are ISO 8601. Errors are problem details (RFC 9457), those that no operation tells of too:
405 with \`Allow\`, 408, 417, 431 and 500.`;

/** The OpenAPI document of the application's routes. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, configuration(), {
    extraModels: [ProblemResponse],
    operationIdFactory: operationId,
    standardSchemaConverter: (schema) => ({ schema: inlineSchema(schema as z.ZodType) }),
  });
  const components = { ...document.components, schemas: sorted(document) };
  return complete({ ...document, components }, rolesByOperation(app, operationId));
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
    .addServer('/', 'This service')
    .addTag('tasks', 'What is done when')
    .addTag('runs', 'What was done, and how it went')
    .addTag('triggers', 'What makes a task due')
    .addTag('forecast', 'The load that is to come')
    .addTag('stats', 'The figures of a dashboard')
    .addTag('settings', 'What an organization has set for all of its tasks')
    .addTag('installation', 'What whoever runs the installation sets for organizations')
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
  'Ledger.explain': 'explainTask',
  'Rerun.backfill': 'backfillTask',
  'Rerun.retry': 'retryRuns',
  'Forecast.show': 'getForecast',
  'Stats.show': 'getStats',
  'Settings.show': 'getSettings',
  'Settings.replace': 'replaceSettings',
  'Runs.list': 'listRuns',
  'Runs.log': 'readRunLog',
  'Instances.list': 'listInstances',
  'ApiKeys.list': 'listApiKeys',
  'Triggers.preview': 'previewTrigger',
  'Triggers.receive': 'receiveEvent',
  'Audit.list': 'listAudit',
  'Audit.verify': 'verifyAudit',
  'Health.live': 'getLiveness',
  'Health.ready': 'getReadiness',
  'Metrics.metrics': 'getMetrics',
};

function sorted(document: OpenAPIObject) {
  const schemas = { ...document.components?.schemas, ...schemaComponents() };
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}
