import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { logRequests } from '../observability/request-log.js';
import { serveDocumentation } from './openapi/document.js';

/** What Nest is told when it creates the application: our own reader of bodies takes the place of its own. */
export const HTTP_APP_OPTIONS = { bodyParser: false } as const;

/** Completes an application made with `createHttpAdapter` and `HTTP_APP_OPTIONS`, before it is initialised. */
export function prepareHttpApp(app: NestFastifyApplication): void {
  logRequests(app.getHttpAdapter().getInstance());
  serveDocumentation(app);
}
