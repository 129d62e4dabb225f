import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { API_CONTROLLERS } from '../rest/controllers.js';
import { ApiKeysController } from '../rest/api-keys/api-keys.controller.js';
import { HTTP_APP_OPTIONS } from '../rest/http-app.js';
import { serveDashboard } from '../dashboard/serve-dashboard.js';
import { BodyRoom } from '../rest/http/body-room.js';
import { createHttpAdapter } from '../rest/http/http-adapter.js';
import { serveDocumentation } from '../rest/openapi/document.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../options.js';
import { RestModule } from '../rest/rest.module.js';
import { hasHooks, LIFECYCLE_HOOKS } from '../runner/lifecycle-hooks.js';
import type { RunnerParts } from '../runner/set-apart.js';
import { httpDefaults } from '../settings/settings.schema.js';
import { OccurrencesModule } from '../occurrences/occurrences.module.js';
import { OverviewModule } from '../overview/overview.module.js';
import { StatsModule } from '../stats/stats.module.js';
import type { ResolvedApiOptions } from './api-options.js';
import { HostAuthModule } from './host-auth.module.js';

/** The host decides who gets in: keys of the runner's own would let nobody in. */
const CONTROLLERS = API_CONTROLLERS.filter((controller) => controller !== ApiKeysController);

@Module({})
class InnerApiModule {}

@Module({})
class PartsModule {}

/** The API as an application of its own, without a port: pipes, filters and guards of the host do not reach into it. */
export async function innerApi(
  parts: RunnerParts,
  { prefix, docs, dashboard, requestsPerMinute }: ResolvedApiOptions,
): Promise<NestFastifyApplication> {
  const given = partsModule(parts);
  const auth = HostAuthModule.forRoot(requestsPerMinute, given);
  const stats = StatsModule.forRoot([given]);
  const occurrences = OccurrencesModule.forRoot([given]);
  const overview = OverviewModule.forRoot([given]);
  const { publicUrl } = parts.get<ResolvedOptions>(RUNNER_OPTIONS);
  const rest = RestModule.forRoot([given, auth, stats, occurrences, overview], {
    controllers: CONTROLLERS,
    base: prefix,
    publicUrl,
  });
  const module = {
    module: InnerApiModule,
    imports: [given, auth, stats, occurrences, overview, rest],
  };
  // Only what concerns a request matters here: the connections are the host's.
  const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(httpDefaults()), {
    ...HTTP_APP_OPTIONS,
    abortOnError: false,
  });
  app.get(BodyRoom, { strict: false }).guard(app.getHttpAdapter().getInstance());
  if (docs) serveDocumentation(app, prefix);
  if (dashboard) serveDashboard(app, { signIn: 'host' });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

/** The runner's parts, without their hooks: the runner's own application starts and stops them. */
function partsModule(parts: RunnerParts): DynamicModule {
  const providers = parts.tokens.map((token) => ({ provide: token, useValue: withoutHooks(parts.get(token)) }));
  return { module: PartsModule, providers, exports: providers.map(({ provide }) => provide) };
}

function withoutHooks(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || !hasHooks(part)) return part;
  return new Proxy(part, {
    get(target, name): unknown {
      const member: unknown = LIFECYCLE_HOOKS.includes(name as string) ? undefined : Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
