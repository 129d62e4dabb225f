import { Module, type DynamicModule } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { ExecutionLogModule } from '../execution-log/execution-log.module.js';
import { LockingModule } from '../locking/locking.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { RetryModule } from '../retry/retry.module.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { TriggersModule } from '../triggers/triggers.module.js';
import { ArmedElsewhere } from './armed-elsewhere.js';
import { ArmedRuns } from './armed-runs.js';
import { AttemptOutcome } from './attempt-outcome.js';
import { AttemptRunner } from './attempt-runner.js';
import { Attempts } from './attempts.js';
import { BegunRuns } from './begun-runs.js';
import { CalendarChanges } from './calendar-changes.js';
import { CatchUp } from './catch-up.js';
import { Cancellation } from './cancellation.js';
import { ClaimDesk } from './claim-desk.js';
import { CurrentTimetables } from './current-timetables.js';
import { Dispatcher } from './dispatcher.js';
import { Engine } from './engine.js';
import { EngineState } from './engine-state.js';
import { EventDispatcher } from './event-dispatcher.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import { ForecastService } from './forecast.service.js';
import { ForeignTasks } from './foreign-tasks.js';
import { FailureWatch } from './failure-watch.js';
import { Handback } from './handback.js';
import { Lookout } from './lookout.js';
import { Needs } from './needs.js';
import { Neighbours } from './neighbours.js';
import { Outfitter } from './outfitter.js';
import { OverlapQueue } from './overlap-queue.js';
import { OverlapRule } from './overlap-rule.js';
import { Ownership } from './ownership.js';
import { OverlapYielding } from './overlap-yielding.js';
import { Presence } from './presence.js';
import { PoolLine } from './pool-line.js';
import { ResourcePools } from './resource-pools.js';
import { Recovery } from './recovery.js';
import { Revocation } from './revocation.js';
import { RunBook } from './run-book.js';
import { RunIntake } from './run-intake.js';
import { RunSettlement } from './run-settlement.js';
import { RunTakeover } from './run-takeover.js';
import { RunWriter } from './run-writer.js';
import { RunningMarks } from './running-marks.js';
import { RunsService } from './runs.service.js';
import { ScheduleStatusEvaluator } from './schedule-status-evaluator.js';
import { SecondLook } from './second-look.js';
import { SetAside } from './set-aside.js';
import { Slots } from './slots.js';
import { Standby } from './standby.js';
import { StartAllowance } from './start-allowance.js';
import { StartLimit } from './start-limit.js';
import { TaskInputReader } from './task-input.js';
import { TaskQuota } from './task-quota.js';
import { TasksService } from './tasks.service.js';
import { WaitingMarks } from './waiting-marks.js';
import { Weights } from './weights.js';

/** Tasks and runs: what is due, who runs it, and what follows from its outcome. */
@Module({})
export class SchedulingModule {
  /** `secrets` and `integrations` bring what actions need. */
  static forRoot(secrets: DynamicModule, integrations: DynamicModule): DynamicModule {
    return {
      module: SchedulingModule,
      imports: [
        TriggersModule,
        LockingModule,
        RetryModule,
        ExecutionLogModule,
        OrganizationsModule,
        secrets,
        integrations,
      ],
      providers: [
        {
          provide: Slots,
          inject: [ENGINE_SETTINGS, Presence, Weights, Clock],
          useFactory: ({ concurrency }: EngineSettings, presence: Presence, weights: Weights, clock: Clock) =>
            new Slots(concurrency, presence, (organization) => weights.of(organization), clock),
        },
        Presence,
        ScheduleStatusEvaluator,
        AttemptOutcome,
        AttemptRunner,
        ArmedElsewhere,
        CurrentTimetables,
        BegunRuns,
        ForeignTasks,
        SetAside,
        Neighbours,
        Ownership,
        OverlapRule,
        Lookout,
        RunWriter,
        StartAllowance,
        ResourcePools,
        Needs,
        PoolLine,
        RunBook,
        Handback,
        RunSettlement,
        RunningMarks,
        WaitingMarks,
        StartLimit,
        ArmedRuns,
        Attempts,
        SecondLook,
        Outfitter,
        OverlapQueue,
        Cancellation,
        OverlapYielding,
        ExecutionOrchestrator,
        ClaimDesk,
        Weights,
        Dispatcher,
        RunTakeover,
        Recovery,
        CatchUp,
        Standby,
        EngineState,
        RunIntake,
        Revocation,
        FailureWatch,
        TaskInputReader,
        EventDispatcher,
        TaskQuota,
        TasksService,
        CalendarChanges,
        ForecastService,
        RunsService,
        Engine,
      ],
      exports: [
        TasksService,
        RunsService,
        ForecastService,
        ResourcePools,
        Dispatcher,
        ExecutionOrchestrator,
        EngineState,
        Ownership,
        SetAside,
        Slots,
        Presence,
        TriggersModule,
        LockingModule,
        OrganizationsModule,
      ],
    };
  }
}
