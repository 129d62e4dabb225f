import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { jwtSecretOf } from './auth/jwt-secret.js';
import { TokenIssuer } from './auth/token-issuer.js';
import { packageVersion } from './cluster/package-version.js';
import { SignInCodes } from './dashboard/sign-in-codes.js';
import { LockManager } from './locking/lock-manager.js';
import { createPino, followLevel, PinoLogger, type Writer } from './observability/logger.js';
import { assertPortIsFree } from './rest/free-port.js';
import { createService } from './rest/service.js';
import { endInTime, endService } from './rest/service-end.js';
import { startupSentence } from './rest/startup-error.js';
import { urlOf, welcome } from './rest/welcome.js';
import { settingsOf } from './settings/load-settings.js';
import { sharedSettings } from './settings/settings.schema.js';
import { RuntimeSettings } from './settings/runtime-settings.js';
import type { Settings } from './settings/settings.js';
import type { StopSignal } from './stop-signal.js';
import type { TaskRunnerOptions } from './options.js';
import { RunnerLifecycle } from './runner/runner-lifecycle.js';
import { RunnerModule } from './runner/runner.module.js';

const FIRST_STEPS_MS = 3_600_000;

/**
 * Ends the process, whose start failed, with one sentence: in production as a line of JSON like all others. Only people
 * who debug the service need the stack.
 */
function endStart(error: unknown, isProduction: boolean, address = { host: '', port: 0 }): never {
  const sentence = startupSentence(error, address);
  if (isProduction) {
    createPino('fatal', undefined, { version: packageVersion() }).fatal({ event: 'start.failed' }, sentence);
  } else {
    console.error(sentence);
    if (process.env['LOG_LEVEL'] === 'debug') console.error(error);
  }
  process.exit(1);
}

async function createApp(settings: Settings): Promise<NestFastifyApplication> {
  const { jwksUrl: keysUrl, jwtIssuer: issuer, jwtAudience: audience } = settings;
  const rates = { requestsPerMinute: settings.rateLimitPerMinute, failuresPerMinute: settings.authFailuresPerMinute };
  const auth = { secret: await jwtSecretOf(settings), keysUrl, issuer, audience, rates };
  const engine = RunnerModule.forRootAsync({ announces: false, useFactory: () => optionsOf(settings) });
  const module = AppModule.forRoot(engine, auth, settings.publicUrl);
  const writer: Writer = { version: packageVersion() };
  const log = createPino(settings.logLevel, undefined, writer);
  const app = await createService(module, new PinoLogger(log), settings.http);
  const locks = app.get(LockManager, { strict: false });
  writer.instance = () => locks.owner;
  followLevel(log, settings.logLevel, app.get(RuntimeSettings, { strict: false }));
  return app;
}

/** Those of the settings that a host application has as well. */
function optionsOf(settings: Settings): TaskRunnerOptions {
  const { host, port } = settings;
  const shared = sharedSettings(settings);
  return { ...shared, publicUrl: shared.publicUrl ?? (port === 0 ? null : urlOf(host, port)) };
}

async function listen(
  app: NestFastifyApplication,
  { host, port, production, jwtSecret, jwksUrl }: Settings,
): Promise<void> {
  await app.listen(port, host);
  const { port: bound } = app.getHttpServer().address() as { port: number };
  app.get(RunnerLifecycle, { strict: false }).announce(`; listens on ${urlOf(host, bound)}`);
  // In production, the log is all that is written.
  if (production) return;
  const caller = { subject: 'first-steps', organization: 'default', roles: ['admin'] as const, installation: true };
  // An operator who configures token signing also issues tokens: a token in the service's log would be one too many.
  const isFirstSteps = jwtSecret === null && jwksUrl === null;
  const token = isFirstSteps ? await app.get(TokenIssuer).issue(caller, FIRST_STEPS_MS) : null;
  const code = token === null ? null : app.get(SignInCodes, { strict: false }).codeFor(token);
  console.log(welcome(urlOf(host, bound), token, code));
}

async function begin(settings: Settings, signal: StopSignal): Promise<void> {
  await assertPortIsFree(settings.host, settings.port);
  const app = await createApp(settings);
  // From here on the instance may hold work, and what has started has to end in order.
  signal.onStop(() => endInTime(settings));
  try {
    await listen(app, settings);
  } catch (error) {
    await app.close();
    throw error;
  }
  // Whoever was told to end while it started has not been ready yet, so that there is nothing to drain.
  const times = signal.isGiven ? { ...settings, drainMs: 0 } : settings;
  signal.onStop(() => void endService(app, times));
}

function readSettings(): Settings {
  try {
    return settingsOf(process.env);
  } catch (error) {
    return endStart(error, process.env['NODE_ENV'] === 'production');
  }
}

/** Runs the service until the signal is given. */
export async function serve(signal: StopSignal): Promise<void> {
  const settings = readSettings();
  await begin(settings, signal).catch((error: unknown) => endStart(error, settings.production, settings));
}
