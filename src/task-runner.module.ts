import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AuditModule } from './audit/audit.module.js';
import { ClusterModule } from './cluster/cluster.module.js';
import { CoreModule } from './core.module.js';
import { ExplainModule } from './explain/explain.module.js';
import { ExplainService } from './explain/explain.service.js';
import { IntegrationsModule } from './integrations/integrations.module.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { LedgerService } from './ledger/ledger.service.js';
import {
  RUNNER_OPTIONS,
  type ResolvedOptions,
  type TaskRunnerAsyncOptions,
  type TaskRunnerOptions,
} from './options.js';
import { OverdueModule } from './overdue/overdue.module.js';
import { BackfillService } from './rerun/backfill.service.js';
import { RedriveService } from './rerun/redrive.service.js';
import { RerunModule } from './rerun/rerun.module.js';
import { RunsService } from './scheduling/runs.service.js';
import { SchedulingModule } from './scheduling/scheduling.module.js';
import { TasksService } from './scheduling/tasks.service.js';
import { generatedKey } from './secrets/generated-key.js';
import { KeyRing } from './secrets/key-ring.js';
import { SecretsModule } from './secrets/secrets.module.js';
import { dataDirectory } from './settings/data-directory.js';
import { TaskHandlerExplorer } from './task-handler-explorer.js';
import { TaskScheduler } from './task-scheduler.js';
import { EventsService } from './triggers/events.service.js';

/** The task runner as a module: imported into an application, it runs that application's tasks in its process. */
@Module({})
export class TaskRunnerModule {
  static forRoot(options: TaskRunnerOptions = {}): DynamicModule {
    return TaskRunnerModule.forRootAsync({ useFactory: () => options });
  }

  /** The module with options that other providers supply. */
  static forRootAsync(options: TaskRunnerAsyncOptions): DynamicModule {
    const secrets = SecretsModule.forRootAsync({ inject: [RUNNER_OPTIONS], useFactory: keyRing });
    const integrations = IntegrationsModule.forRootAsync({
      imports: [secrets],
      inject: [RUNNER_OPTIONS],
      useFactory: ({ httpAllow, sinks, limits }: ResolvedOptions) => ({ httpAllow, sinks, limits }),
    });
    const scheduling = SchedulingModule.forRoot(secrets, integrations);
    const ledger = LedgerModule.forRoot(scheduling);
    const cluster = ClusterModule.forRoot([scheduling]);
    const rerun = RerunModule.forRoot(scheduling, ledger);
    const overdue = OverdueModule.forRoot(scheduling);
    return {
      module: TaskRunnerModule,
      imports: [
        CoreModule.forRootAsync(options),
        AuditModule.forRoot(secrets),
        scheduling,
        ledger,
        cluster,
        ExplainModule.forRoot(scheduling, ledger, cluster),
        rerun,
        overdue,
        integrations,
        DiscoveryModule,
      ],
      providers: [
        TaskHandlerExplorer,
        {
          provide: TaskScheduler,
          inject: [
            ...[
              TasksService,
              RunsService,
              EventsService,
              LedgerService,
              ExplainService,
              BackfillService,
              RedriveService,
            ],
          ],
          useFactory: (
            ...services: [
              ...[TasksService, RunsService, EventsService, LedgerService, ExplainService],
              ...[BackfillService, RedriveService],
            ]
          ) => new TaskScheduler(...services),
        },
      ],
      exports: [
        ...[TaskScheduler, SchedulingModule, LedgerModule, RerunModule, OverdueModule, ClusterModule, ExplainModule],
      ],
    };
  }
}

/** The configured keys, or a generated one beside the embedded store, so that a first start needs no settings. */
async function keyRing({ encryptionKeys, storeUrl }: ResolvedOptions): Promise<KeyRing> {
  if (encryptionKeys !== null) return KeyRing.parse(encryptionKeys);
  return KeyRing.single('generated', await generatedKey(join(dataDirectory({ storeUrl }), 'encryption.key')));
}
