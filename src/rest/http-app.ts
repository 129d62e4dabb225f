import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpMetrics } from '../observability/metrics/http-metrics.js';
import { logRequests } from '../observability/request-log.js';
import { SignInCodes } from '../dashboard/sign-in-codes.js';
import { serveDashboard } from '../dashboard/serve-dashboard.js';
import { serveGuide } from '../dashboard/serve-guide.js';
import { BodyRoom } from './http/body-room.js';
import { serveDocumentation } from './openapi/document.js';

/** Options for Nest when it creates the application: our own body reader replaces Nest's. */
export const HTTP_APP_OPTIONS = { bodyParser: false } as const;

/** Completes an application made with `createHttpAdapter` and `HTTP_APP_OPTIONS`, before it is initialised. */
export function prepareHttpApp(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  logRequests(server);
  app.get(HttpMetrics, { strict: false }).watch(server);
  app.get(BodyRoom, { strict: false }).guard(server);
  serveDocumentation(app);
  serveGuide(app);
  serveDashboard(app, { signIn: 'token', codes: app.get(SignInCodes, { strict: false }) });
}
