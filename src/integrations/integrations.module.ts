import {
  Inject,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Clock } from '../clock/clock.js';
import type { Settings } from '../settings/settings.js';
import { ConsumersModule } from '../outbox/consumers.module.js';
import { ActionRegistry } from './action-registry.js';
import { AttemptSecrets } from './attempt-secrets.js';
import { EventAction } from './event.action.js';
import { EventPublisher } from './event-publisher.js';
import { HandlerAction } from './handler/handler.action.js';
import { HandlerRegistry } from './handler/handler-registry.js';
import { HandlerThreads, THREAD_PROGRAM, THREADS, type Threads } from './handler/threads/handler-threads.js';
import { threadSettingsSchema, type ThreadSettings } from './handler/threads/thread-settings.js';
import { AttemptHooks } from './hooks/attempt-hooks.js';
import { HookCaller } from './hooks/hook-caller.js';
import { HookRegistry } from './hooks/hook-registry.js';
import { OutcomeHooks } from './hooks/outcome-hooks.js';
import { AddressGuard } from './http/address-guard.js';
import { CallSpans } from './http/call-spans.js';
import { GuardedClient } from './http/guarded-client.js';
import { HttpAction } from './http/http.action.js';
import { OAuthTokens } from './http/oauth-tokens.js';
import { RequestRoom } from './http/request-room.js';
import { NoopAction } from './noop.action.js';
import { ServiceClient } from './service-client.js';
import { HttpSink } from './sinks/http-sink.js';
import type { AuditNotice, AuditReport, Notice, RunReport, RunSummary } from './sinks/payloads.js';
import { SinkConsumers } from './sinks/sink-consumers.js';
import { AuditSink, NoSink, Notifier, RunReporter, type Sink } from './sinks/sink.js';
import { CallbackAddresses, TemplateScopes } from './templates/scope.js';
import { TestFlowService } from './test-flow/test-flow-service.js';
import { HttpTestFlowService, NoTestFlowService } from './test-flow/http-test-flow-service.js';
import { TestFlowAction } from './test-flow/test-flow.action.js';

/** The injection token of `IntegrationsOptions`. */
export const INTEGRATIONS_OPTIONS = Symbol('INTEGRATIONS_OPTIONS');

/** The settings that actions and sinks need. */
export type IntegrationsOptions = Pick<
  Settings,
  'httpAllow' | 'outgoingProxyUrl' | 'publicUrl' | 'sinks' | 'limits'
> & { threads?: ThreadSettings };

/**
 * How to get the options. `imports` must bring `Clock`, `LifecycleEvents`, `Tracing` and the exports of `SecretsModule`, unless
 * they are global.
 */
export type IntegrationsSource = Pick<ModuleMetadata, 'imports'> &
  Pick<FactoryProvider<IntegrationsOptions>, 'inject' | 'useFactory'>;

const ACTIONS = [HttpAction, HandlerAction, EventAction, NoopAction, TestFlowAction] as const;

/** A sink's HTTP adapter, or a stand-in when the settings name no address. */
const sinkProvider = <Item>(
  provide: typeof Notifier | typeof RunReporter | typeof AuditSink,
  urlOf: (sinks: Settings['sinks']) => string | null,
  envelope: (items: readonly Item[]) => unknown,
): FactoryProvider<Sink<Item>> => ({
  provide,
  inject: [INTEGRATIONS_OPTIONS, ServiceClient],
  useFactory: ({ sinks }: IntegrationsOptions, client: ServiceClient) => {
    const url = urlOf(sinks);
    return url === null ? new NoSink() : new HttpSink(url, envelope, client);
  },
});

const sinks: Provider[] = [
  sinkProvider<Notice>(
    Notifier,
    (urls) => urls.notificationUrl,
    ([notice]) => notice,
  ),
  sinkProvider<RunSummary>(
    RunReporter,
    (urls) => urls.reportingUrl,
    (runs): RunReport => ({ runs }),
  ),
  sinkProvider<AuditNotice>(
    AuditSink,
    (urls) => urls.auditUrl,
    (entries): AuditReport => ({ entries }),
  ),
  SinkConsumers,
];

const clients: Provider[] = [
  {
    provide: GuardedClient,
    inject: [INTEGRATIONS_OPTIONS],
    useFactory: ({ httpAllow, outgoingProxyUrl }: IntegrationsOptions) =>
      new GuardedClient(new AddressGuard(httpAllow), outgoingProxyUrl),
  },
  OAuthTokens,
  CallSpans,
  {
    provide: RequestRoom,
    inject: [INTEGRATIONS_OPTIONS],
    useFactory: ({ limits }: IntegrationsOptions) => new RequestRoom(limits.requestBytes),
  },
  {
    provide: TemplateScopes,
    inject: [INTEGRATIONS_OPTIONS],
    useFactory: ({ publicUrl }: IntegrationsOptions) => new TemplateScopes(publicUrl),
  },
  {
    provide: CallbackAddresses,
    inject: [INTEGRATIONS_OPTIONS],
    useFactory: ({ publicUrl }: IntegrationsOptions) => new CallbackAddresses(publicUrl),
  },
  { provide: ServiceClient, inject: [Clock], useFactory: (clock: Clock) => new ServiceClient(clock) },
  {
    provide: TestFlowService,
    inject: [INTEGRATIONS_OPTIONS, ServiceClient],
    useFactory: ({ sinks: { executionEngineUrl } }: IntegrationsOptions, client: ServiceClient) =>
      executionEngineUrl === null ? new NoTestFlowService() : new HttpTestFlowService(executionEngineUrl, client),
  },
];

const actions: Provider[] = [
  AttemptSecrets,
  HandlerRegistry,
  HandlerThreads,
  {
    provide: THREADS,
    inject: [INTEGRATIONS_OPTIONS],
    useFactory: ({ threads = threadSettingsSchema.parse({}) }: IntegrationsOptions): Threads => ({
      ...threads,
      program: THREAD_PROGRAM,
    }),
  },
  HttpAction,
  HandlerAction,
  NoopAction,
  TestFlowAction,
  {
    provide: EventAction,
    inject: [ModuleRef, INTEGRATIONS_OPTIONS],
    useFactory: (modules: ModuleRef, { limits }: IntegrationsOptions) =>
      new EventAction(() => modules.get(EventPublisher), limits),
  },
  {
    provide: ActionRegistry,
    inject: [...ACTIONS],
    useFactory: (...runners: InstanceType<(typeof ACTIONS)[number]>[]) => new ActionRegistry(runners),
  },
];

/** How long a shutdown waits for the hooks of what has ended (ms). */
const HOOKS_GRACE_MS = 2000;

const hooks: Provider[] = [HookRegistry, HookCaller, AttemptHooks, OutcomeHooks];

/** What runs do (actions), what a host application does around them (hooks), and who receives reports (sinks). The engine provides `EventPublisher`, in the same runner. */
@Module({})
export class IntegrationsModule implements OnApplicationShutdown {
  constructor(
    @Inject(GuardedClient) private readonly outgoing: GuardedClient,
    @Inject(ServiceClient) private readonly services: ServiceClient,
    @Inject(OutcomeHooks) private readonly outcomeHooks: OutcomeHooks,
  ) {}

  static forRootAsync({ imports = [], inject = [], useFactory }: IntegrationsSource): DynamicModule {
    const options: Provider = { provide: INTEGRATIONS_OPTIONS, inject, useFactory };
    return {
      module: IntegrationsModule,
      imports: [...imports, ConsumersModule],
      providers: [options, ...clients, ...actions, ...hooks, ...sinks],
      exports: [ActionRegistry, HandlerRegistry, HandlerThreads, ...hooks, Notifier, RunReporter, AuditSink],
    };
  }

  /**
   * The last of Nest's hooks, after the engine has stopped and the last deliveries were made: first the last calls of
   * hooks, then the connections.
   */
  async onApplicationShutdown(): Promise<void> {
    await this.outcomeHooks.close(HOOKS_GRACE_MS);
    await Promise.all([this.outgoing.close(), this.services.close()]);
  }
}
