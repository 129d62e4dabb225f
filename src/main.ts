import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { jwtSecretOf } from './auth/jwt-secret.js';
import { TokenIssuer } from './auth/token-issuer.js';
import type { Quotas } from './domain/quotas.js';
import { createPino, PinoLogger } from './observability/logger.js';
import { assertPortIsFree } from './rest/free-port.js';
import { createService } from './rest/service.js';
import { startupSentence } from './rest/startup-error.js';
import { urlOf, welcome } from './rest/welcome.js';
import { loadSettings } from './settings/load-settings.js';
import type { Settings } from './settings/settings.js';
import { readSettingsFile } from './settings/settings-file.js';
import { TaskRunnerModule } from './task-runner.module.js';

const FIRST_STEPS_MS = 3_600_000;

/** Ends the process with one sentence; the stack is of use only to whoever debugs the service itself. */
function fail(error: unknown, address = { host: '', port: 0 }): never {
  console.error(startupSentence(error, address));
  if (process.env['LOG_LEVEL'] === 'debug') console.error(error);
  process.exit(1);
}

async function createApp(settings: Settings): Promise<NestFastifyApplication> {
  const { jwksUrl: keysUrl, jwtIssuer: issuer, jwtAudience: audience } = settings;
  const rates = { requestsPerMinute: settings.rateLimitPerMinute, failuresPerMinute: settings.authFailuresPerMinute };
  const auth = { secret: await jwtSecretOf(settings), keysUrl, issuer, audience, rates };
  const module = AppModule.forRoot(
    TaskRunnerModule.forRoot({ ...settings, quotas: quotasOf(settings) }),
    auth,
    settings.retention,
  );
  return createService(module, new PinoLogger(createPino(settings.logLevel)), settings.http);
}

/** Those that are set. */
const quotasOf = ({ quotas }: Settings): Quotas =>
  Object.fromEntries(Object.entries(quotas).filter(([, limit]) => limit !== null));

async function listen(
  app: NestFastifyApplication,
  { host, port, production, jwtSecret, jwksUrl }: Settings,
): Promise<void> {
  await app.listen(port, host);
  const { port: bound } = app.getHttpServer().address() as { port: number };
  const caller = { subject: 'first-steps', organization: 'default', roles: ['admin'] as const, installation: true };
  // Whoever has set how tokens are signed issues tokens; one in the log of a service would be one too many.
  const isFirstSteps = !production && jwtSecret === null && jwksUrl === null;
  const token = isFirstSteps ? await app.get(TokenIssuer).issue(caller, FIRST_STEPS_MS) : null;
  console.log(welcome(urlOf(host, bound), token));
}

async function serve(settings: Settings): Promise<void> {
  await assertPortIsFree(settings.host, settings.port);
  const app = await createApp(settings);
  try {
    await listen(app, settings);
  } catch (error) {
    await app.close();
    throw error;
  }
}

function readSettings(): Settings {
  try {
    return loadSettings(process.env, readSettingsFile());
  } catch (error) {
    return fail(error);
  }
}

const settings = readSettings();
await serve(settings).catch((error: unknown) => fail(error, settings));
