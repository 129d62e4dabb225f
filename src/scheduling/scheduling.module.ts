import { Module, type DynamicModule } from '@nestjs/common';
import { ClusterModule } from '../cluster/cluster.module.js';
import { EventDispatcher } from '../events/event-dispatcher.js';
import { ChainConsumer } from '../events/chains/chain-consumer.js';
import { ChainCycles } from '../events/chains/chain-cycles.js';
import { ChainedOrganizations } from '../events/chains/chained-organizations.js';
import { TaskMatcher } from '../events/task-matcher.js';
import { EventRecords } from '../events/event-records.js';
import { TriggerConditions } from '../events/trigger-conditions.js';
import { WindowConditions } from '../events/windows/window-conditions.js';
import { WindowFiring } from '../events/windows/window-firing.js';
import { WindowNews } from '../events/windows/window-news.js';
import { WindowRoom } from '../events/windows/window-room.js';
import { WindowWatch } from '../events/windows/window-watch.js';
import { ExecutionLogModule } from '../execution-log/execution-log.module.js';
import { LockingModule } from '../locking/locking.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { RetryPolicyManager } from '../retry/retry-policy-manager.js';
import { RetryModule } from '../retry/retry.module.js';
import { TriggersModule } from '../triggers/triggers.module.js';
import { BegunSkips } from './dispatch/begun-skips.js';
import { BegunRuns } from './dispatch/begun-runs.js';
import { Claimer } from './dispatch/claimer.js';
import { CompletionWatch } from './dispatch/completion-watch.js';
import { CurrentTimetables } from './dispatch/current-timetables.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { FormerClaims } from './dispatch/former-claims.js';
import { DueWindow } from './dispatch/due-window.js';
import { SlotQueue } from './dispatch/slot-queue.js';
import { TaskChanger } from './dispatch/task-changer.js';
import { UnsupportedTasks } from './dispatch/unsupported-tasks.js';
import { Engine } from './engine.js';
import { ArmedRuns } from './execution/armed-runs.js';
import { AttemptRunner } from './execution/attempt-runner.js';
import { AttemptTracing } from './execution/attempt-tracing.js';
import { Attempts } from './execution/attempts.js';
import { Cancellation } from './execution/cancellation.js';
import { ExecutionOrchestrator } from './execution/execution-orchestrator.js';
import { OverlapGate } from './execution/overlap-gate.js';
import { ResourceGate } from './execution/resource-gate.js';
import { Resumption } from './execution/resumption.js';
import { ActiveRuns } from './holding/active-runs.js';
import { EngineState } from './holding/engine-state.js';
import { HeldRuns } from './holding/held-runs.js';
import { RunPayloads } from './holding/run-payloads.js';
import { RunSettlement } from './holding/run-settlement.js';
import { RunWriter } from './holding/run-writer.js';
import { RunningMarks } from './holding/running-marks.js';
import { SetAsideRuns } from './holding/set-aside-runs.js';
import { SetAside } from './holding/set-aside.js';
import { StartLimit } from './holding/start-limit.js';
import { ToldRuns } from './holding/told-runs.js';
import { ToldTasks } from './holding/told-tasks.js';
import { WaitingMarks } from './holding/waiting-marks.js';
import { ArmedElsewhere } from './overlap/armed-elsewhere.js';
import { OverlapLookahead } from './overlap/overlap-lookahead.js';
import { OverlapQueue } from './overlap/overlap-queue.js';
import { OverlapRule } from './overlap/overlap-rule.js';
import { SecondLook } from './overlap/second-look.js';
import { ProgressPlanner } from './planning/progress-planner.js';
import { ScheduleStatusEvaluator } from './planning/schedule-status-evaluator.js';
import { CatchUp } from './recovery/catch-up.js';
import { OccurrenceTakeover } from './recovery/occurrence-takeover.js';
import { Recovery } from './recovery/recovery.js';
import { RunTakeover } from './recovery/run-takeover.js';
import { Needs } from './resources/needs.js';
import { PoolQueue } from './resources/pool-queue.js';
import { WaitingRoom } from './resources/waiting-room.js';
import { PoolSizes } from './resources/pool-sizes.js';
import { RateUnits } from './resources/rate-units.js';
import { ResourcePools } from './resources/resource-pools.js';
import { StartAllowance } from './resources/start-allowance.js';
import { CallBacks } from './runs/call-backs.js';
import { CallBackWait } from './execution/call-back-wait.js';
import { RunIntake } from './runs/run-intake.js';
import { RunsService } from './runs/runs.service.js';
import { BulkChanges } from './tasks/bulk-changes.js';
import { CalendarChanges } from './tasks/calendar-changes.js';
import { CrowdedSeconds } from './tasks/crowded-seconds.js';
import { DefinitionCheck } from './tasks/definition-check.js';
import { SetBack } from '../lifecycle/set-back.js';
import { ClockReturn } from './tasks/clock-return.js';
import { FormerClock } from './tasks/former-clock.js';
import { FailureWatch } from './tasks/failure-watch.js';
import { ForecastService } from './tasks/forecast.service.js';
import { LoadPlans } from './tasks/load-plans.js';
import { OccurrenceSkips } from './tasks/occurrence-skips.js';
import { Revocation } from './tasks/revocation.js';
import { ShownTasks } from './tasks/shown-tasks.js';
import { TaskChecks } from './tasks/task-checks.js';
import { TaskCreation } from './tasks/task-creation.js';
import { TaskInputReader } from './tasks/task-input.js';
import { TaskQuota } from './tasks/task-quota.js';
import { TaskReplacer } from './tasks/task-replacer.js';
import { TasksService } from './tasks/tasks.service.js';

/** Tasks and runs: what is due, which instance runs it, and what follows from its outcome. */
@Module({})
export class SchedulingModule {
  /** `secrets` and `integrations` provide what actions need. */
  static forRoot(secrets: DynamicModule, integrations: DynamicModule): DynamicModule {
    return {
      module: SchedulingModule,
      imports: [
        TriggersModule,
        LockingModule,
        ClusterModule.forRoot(integrations),
        RetryModule,
        ExecutionLogModule,
        OrganizationsModule,
        OutboxModule,
        secrets,
        integrations,
      ],
      providers: [
        ScheduleStatusEvaluator,
        {
          provide: ProgressPlanner,
          inject: [RetryPolicyManager, ScheduleStatusEvaluator],
          useFactory: (retry: RetryPolicyManager, status: ScheduleStatusEvaluator) =>
            new ProgressPlanner(retry, status),
        },
        AttemptRunner,
        AttemptTracing,
        ArmedElsewhere,
        CurrentTimetables,
        BegunRuns,
        BegunSkips,
        UnsupportedTasks,
        SetAside,
        OverlapRule,
        OverlapLookahead,
        ToldRuns,
        ToldTasks,
        RunWriter,
        StartAllowance,
        PoolSizes,
        RateUnits,
        ResourcePools,
        Needs,
        PoolQueue,
        WaitingRoom,
        ActiveRuns,
        HeldRuns,
        SetAsideRuns,
        RunPayloads,
        RunSettlement,
        RunningMarks,
        WaitingMarks,
        StartLimit,
        ArmedRuns,
        Attempts,
        SecondLook,
        ResourceGate,
        OverlapQueue,
        Resumption,
        Cancellation,
        OverlapGate,
        ExecutionOrchestrator,
        FormerClaims,
        TaskChanger,
        Claimer,
        SlotQueue,
        DueWindow,
        Dispatcher,
        RunTakeover,
        Recovery,
        CatchUp,
        OccurrenceTakeover,
        EngineState,
        RunIntake,
        Revocation,
        FailureWatch,
        ClockReturn,
        FormerClock,
        SetBack,
        CompletionWatch,
        TaskInputReader,
        TaskMatcher,
        WindowNews,
        WindowRoom,
        WindowFiring,
        WindowWatch,
        { provide: TriggerConditions, useClass: WindowConditions },
        ChainedOrganizations,
        ChainConsumer,
        ChainCycles,
        EventDispatcher,
        EventRecords,
        TaskQuota,
        CrowdedSeconds,
        DefinitionCheck,
        TaskChecks,
        TaskCreation,
        ShownTasks,
        TaskReplacer,
        TasksService,
        OccurrenceSkips,
        LoadPlans,
        BulkChanges,
        CalendarChanges,
        ForecastService,
        CallBacks,
        CallBackWait,
        RunsService,
        Engine,
      ],
      exports: [
        EventRecords,
        ChainedOrganizations,
        TasksService,
        OccurrenceSkips,
        LoadPlans,
        BulkChanges,
        RunsService,
        ForecastService,
        ResourcePools,
        PoolQueue,
        SlotQueue,
        DueWindow,
        Dispatcher,
        ExecutionOrchestrator,
        EngineState,
        SetAside,
        SetBack,
        ClusterModule,
        TriggersModule,
        LockingModule,
        OrganizationsModule,
      ],
    };
  }
}
