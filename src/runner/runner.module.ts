import { join } from 'node:path';
import {
  Inject,
  Module,
  type DynamicModule,
  type InjectionToken,
  type OnApplicationShutdown,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { InstancesModule } from '../cluster/instances.module.js';
import { CoreModule, LOCKS, STORAGE } from '../core.module.js';
import { ExplainModule } from '../explain/explain.module.js';
import { HousekeepingModule } from '../housekeeping/housekeeping.module.js';
import { HandlerRegistry } from '../integrations/handler/handler-registry.js';
import { HandlerThreads } from '../integrations/handler/threads/handler-threads.js';
import { TaskHandlerExplorer } from '../integrations/handler/task-handler-explorer.js';
import { HookExplorer } from '../integrations/hooks/hook-explorer.js';
import { HookRegistry } from '../integrations/hooks/hook-registry.js';
import { IdempotencyService } from '../idempotency/idempotency.service.js';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { resolveOptions, RUNNER_OPTIONS, type ResolvedOptions, type TaskRunnerAsyncOptions } from '../options.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { OperatorLogModule } from '../operator-log/operator-log.module.js';
import { OverdueModule } from '../overdue/overdue.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { RerunModule } from '../rerun/rerun.module.js';
import { QueuesModule } from '../queues/queues.module.js';
import { ChangeFeed } from '../scheduler/change-feed.js';
import { PromptEnds } from '../scheduler/prompt-ends.js';
import { RunResults } from '../scheduler/run-results.js';
import { SchedulerServices } from '../scheduler/scheduler-services.js';
import { TriggerPreviews } from '../scheduler/trigger-previews.js';
import { SchedulingModule } from '../scheduling/scheduling.module.js';
import { generatedKey } from '../secrets/generated-key.js';
import { KeyRing } from '../secrets/key-ring.js';
import { RequestSeals } from '../secrets/request-seals.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { dataDirectory } from '../settings/data-directory.js';
import type { OpenLocks, OpenStorage } from '../storage/storage.js';
import { TaskScheduler } from '../task-scheduler.js';
import { TransportsModule } from '../transports/transports.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { partsOf, tokenOf } from './parts.js';
import { ANNOUNCES, RunnerLifecycle } from './runner-lifecycle.js';
import { demandOneOfName, RUNNER_NAME } from './runner-names.js';
import { getLifecycleEventsToken, getTaskSchedulerToken, runnerToken } from './runner-tokens.js';
import { RunnerParts, setApart, withLookup } from './set-apart.js';

/** How a runner is set up. */
export interface RunnerSource extends TaskRunnerAsyncOptions {
  /** Its name, where an application has several runners. */
  name?: string;
  /** Whether it logs that it has started. */
  announces?: boolean;
}

/**
 * A whole runner as one module: engine, store, and all that works on its tasks. It exports each of its
 * parts: by its class, or by tokens of the runner's own (`tokenApart`) if it has a name.
 */
@Module({})
export class RunnerModule implements OnApplicationShutdown {
  constructor(
    @Inject(STORAGE) private readonly store: OpenStorage,
    @Inject(LOCKS) private readonly locks: OpenLocks,
  ) {}

  static forRootAsync({ imports = [], name, announces = true, ...options }: RunnerSource): DynamicModule {
    const parts = [
      ...partsOf(modulesOf(options, name ?? null)),
      { provide: RUNNER_NAME, useValue: name ?? null },
      { provide: ANNOUNCES, useValue: announces },
      handlerExplorer,
      hookExplorer,
      taskScheduler,
      RequestSeals,
      IdempotencyService,
      RunResults,
      TriggerPreviews,
      PromptEnds,
      ChangeFeed,
      SchedulerServices,
      RunnerLifecycle,
    ];
    const whole = { provide: runnerToken(name), useExisting: RunnerParts };
    const providers =
      name === undefined
        ? [...withLookup(parts), whole]
        : [...setApart([...parts, ...sharedUnder(name)], name, KEPT), whole];
    return {
      module: RunnerModule,
      imports,
      providers,
      exports: providers.map(tokenOf).filter((token) => name === undefined || ![...KEPT, RunnerParts].includes(token)),
    };
  }

  /** Closes what the runner has opened, after the last hook of all its parts. */
  async onApplicationShutdown(): Promise<void> {
    await this.locks.close();
    await this.store.close();
  }
}

/** The tokens that stay the same in a runner that has a name. */
const KEPT: InjectionToken[] = [STORAGE, LOCKS, RUNNER_NAME];

/** What an application gets of a runner that has a name. */
const sharedUnder = (name: string): Provider[] => [
  { provide: getTaskSchedulerToken(name), useExisting: TaskScheduler },
  { provide: getLifecycleEventsToken(name), useExisting: LifecycleEvents },
];

function modulesOf({ inject = [], useFactory }: TaskRunnerAsyncOptions, name: string | null): (DynamicModule | Type)[] {
  const core = CoreModule.forRootAsync({
    inject: [ModulesContainer, ...inject],
    useFactory: async (modules: ModulesContainer, ...parts: unknown[]) => {
      demandOneOfName(name, modules);
      return resolveOptions(await useFactory(...parts));
    },
  });
  const secrets = SecretsModule.forRootAsync({ inject: [RUNNER_OPTIONS], useFactory: keyRing });
  const integrations = IntegrationsModule.forRootAsync({
    imports: [secrets],
    inject: [RUNNER_OPTIONS],
    useFactory: ({ httpAllow, outgoingProxyUrl, publicUrl, sinks, limits, threads }: ResolvedOptions) => ({
      httpAllow,
      outgoingProxyUrl,
      publicUrl,
      sinks,
      limits,
      threads,
    }),
  });
  const scheduling = SchedulingModule.forRoot(secrets, integrations);
  const ledger = LedgerModule.forRoot(scheduling);
  const instances = InstancesModule.forRoot([scheduling]);
  return [
    core,
    AuditModule.forRoot(secrets),
    scheduling,
    ledger,
    instances,
    QueuesModule.forRoot(instances),
    ExplainModule.forRoot(scheduling, ledger, instances),
    RerunModule.forRoot(scheduling, ledger),
    OverdueModule.forRoot(scheduling),
    ReportsModule,
    WebhooksModule.forRoot(secrets),
    TransportsModule,
    NotificationsModule.forRoot(secrets, integrations),
    HousekeepingModule,
    OperatorLogModule.forRoot(scheduling, HousekeepingModule),
    integrations,
    secrets,
  ];
}

/** Finds the handlers of the whole application that are for this runner. */
const handlerExplorer = {
  provide: TaskHandlerExplorer,
  inject: [ModulesContainer, Reflector, HandlerRegistry, HandlerThreads, RUNNER_NAME],
  useFactory: (...parts: ConstructorParameters<typeof TaskHandlerExplorer>) => new TaskHandlerExplorer(...parts),
};

/** Finds the hooks of the whole application that are for this runner. */
const hookExplorer = {
  provide: HookExplorer,
  inject: [ModulesContainer, Reflector, HookRegistry, RUNNER_NAME],
  useFactory: (...parts: ConstructorParameters<typeof HookExplorer>) => new HookExplorer(...parts),
};

const taskScheduler = {
  provide: TaskScheduler,
  inject: [SchedulerServices],
  useFactory: (services: SchedulerServices) => new TaskScheduler(services),
};

/** The configured keys, or a generated one beside the embedded store, so that a first start needs no settings. */
async function keyRing({ encryptionKeys, storeUrl }: ResolvedOptions): Promise<KeyRing> {
  if (encryptionKeys !== null) return KeyRing.parse(encryptionKeys);
  return KeyRing.single('generated', await generatedKey(join(dataDirectory({ storeUrl }), 'encryption.key')));
}
