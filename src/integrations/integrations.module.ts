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
import { ActionRegistry } from './action-registry.js';
import { AttemptSecrets } from './attempt-secrets.js';
import { EventAction } from './event.action.js';
import { EventPublisher } from './event-publisher.js';
import { HandlerAction } from './handler/handler.action.js';
import { HandlerRegistry } from './handler/handler-registry.js';
import { AddressGuard } from './http/address-guard.js';
import { GuardedClient } from './http/guarded-client.js';
import { HttpAction } from './http/http.action.js';
import { RequestRoom } from './http/request-room.js';
import { NoopAction } from './noop.action.js';
import { ServiceClient } from './service-client.js';
import { HttpSink } from './sinks/http-sink.js';
import type { AuditEntry, AuditReport, Notice, RunReport, RunSummary } from './sinks/payloads.js';
import { DEFAULT_SINK_FEED_OPTIONS, SINK_FEED_OPTIONS, SinkFeeds } from './sinks/sink-feeds.js';
import { AuditTrail, NoSink, Notifier, RunReporter, type Sink } from './sinks/sink.js';
import { ExecutionEngine } from './test-flow/execution-engine.js';
import { HttpExecutionEngine, NoExecutionEngine } from './test-flow/http-execution-engine.js';
import { TestFlowAction } from './test-flow/test-flow.action.js';

/** The injection token of `IntegrationsOptions`. */
export const INTEGRATIONS_OPTIONS = Symbol('INTEGRATIONS_OPTIONS');

/** The settings that actions and sinks need. */
export type IntegrationsOptions = Pick<Settings, 'httpAllow' | 'sinks' | 'limits'>;

/** Where the options come from. `imports` must bring `Clock`, `LifecycleEvents` and what `SecretsModule` exports, unless they are global. */
export type IntegrationsSource = Pick<ModuleMetadata, 'imports'> &
  Pick<FactoryProvider<IntegrationsOptions>, 'inject' | 'useFactory'>;

const ACTIONS = [HttpAction, HandlerAction, EventAction, NoopAction, TestFlowAction] as const;

/** A sink's HTTP adapter, or its stand-in while the settings name no address. */
const sinkProvider = <Item>(
  provide: typeof Notifier | typeof RunReporter | typeof AuditTrail,
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
  sinkProvider<AuditEntry>(
    AuditTrail,
    (urls) => urls.auditUrl,
    (entries): AuditReport => ({ entries }),
  ),
  { provide: SINK_FEED_OPTIONS, useValue: DEFAULT_SINK_FEED_OPTIONS },
  SinkFeeds,
];

const clients: Provider[] = [
  {
    provide: GuardedClient,
    inject: [INTEGRATIONS_OPTIONS],
    useFactory: ({ httpAllow }: IntegrationsOptions) => new GuardedClient(new AddressGuard(httpAllow)),
  },
  {
    provide: RequestRoom,
    inject: [INTEGRATIONS_OPTIONS],
    useFactory: ({ limits }: IntegrationsOptions) => new RequestRoom(limits.requestBytes),
  },
  { provide: ServiceClient, inject: [Clock], useFactory: (clock: Clock) => new ServiceClient(clock) },
  {
    provide: ExecutionEngine,
    inject: [INTEGRATIONS_OPTIONS, ServiceClient],
    useFactory: ({ sinks: { executionEngineUrl } }: IntegrationsOptions, client: ServiceClient) =>
      executionEngineUrl === null ? new NoExecutionEngine() : new HttpExecutionEngine(executionEngineUrl, client),
  },
];

const actions: Provider[] = [
  AttemptSecrets,
  HandlerRegistry,
  HttpAction,
  HandlerAction,
  NoopAction,
  TestFlowAction,
  {
    provide: EventAction,
    inject: [ModuleRef, INTEGRATIONS_OPTIONS],
    useFactory: (modules: ModuleRef, { limits }: IntegrationsOptions) =>
      new EventAction(() => modules.get<EventPublisher>(EventPublisher, { strict: false }), limits),
  },
  {
    provide: ActionRegistry,
    inject: [...ACTIONS],
    useFactory: (...runners: InstanceType<(typeof ACTIONS)[number]>[]) => new ActionRegistry(runners),
  },
];

/** What a run does (actions) and who hears of it (sinks). The engine provides `EventPublisher`, in any module. */
@Module({})
export class IntegrationsModule implements OnApplicationShutdown {
  constructor(
    @Inject(GuardedClient) private readonly outgoing: GuardedClient,
    @Inject(ServiceClient) private readonly services: ServiceClient,
    @Inject(SinkFeeds) private readonly feeds: SinkFeeds,
  ) {}

  static forRootAsync({ imports = [], inject = [], useFactory }: IntegrationsSource): DynamicModule {
    const options: Provider = { provide: INTEGRATIONS_OPTIONS, inject, useFactory };
    return {
      module: IntegrationsModule,
      imports,
      providers: [options, ...clients, ...actions, ...sinks],
      exports: [ActionRegistry, HandlerRegistry, Notifier, RunReporter, AuditTrail],
    };
  }

  /** The last of the hooks, after the engine has stopped: the last deliveries first, then the connections that they need. */
  async onApplicationShutdown(): Promise<void> {
    await this.feeds.close();
    await Promise.all([this.outgoing.close(), this.services.close()]);
  }
}
