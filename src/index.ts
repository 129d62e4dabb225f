export { Clock, type Timer } from './clock/clock.js';
export { SettableClock } from './clock/settable-clock.js';
export { SystemClock } from './clock/system-clock.js';
export type { Action } from './domain/action.js';
export {
  IdempotencyKeyReusedError,
  InvalidInputError,
  NotFoundError,
  OverloadedError,
  SettingsError,
  StateConflictError,
  StoreUnavailableError,
  TaskRunnerError,
  VersionMismatchError,
  type Fault,
} from './domain/errors.js';
export type { LedgerEntry, LedgerOutcome } from './domain/ledger.js';
export type { Json, JsonObject } from './domain/json.js';
export type { Attempt, AttemptOutcome, Run, RunError, RunState, RunTrigger } from './domain/run.js';
export type { MisfirePolicy, RetryPolicy, TaskDefinition, TaskInput } from './domain/task-definition.js';
export type { Task, TaskState } from './domain/task.js';
export type { CustomTrigger, Trigger, TriggerInput } from './domain/trigger.js';
export type { CauseCode, Evidence, ExplainedOutcome, Explanation } from './explain/explanation.js';
export type { LogEntry, LogLevel } from './execution-log/log.store.js';
export type { HandlerContext } from './integrations/handler/handler-registry.js';
export type { LedgerPage, LedgerQuery } from './ledger/ledger.service.js';
export type { LedgerPosition, Outcome } from './ledger/merge-page.js';
export { LifecycleEvents, type LifecycleEventMap, type LifecycleEventName } from './lifecycle/lifecycle-events.js';
export type { TaskRunnerAsyncOptions, TaskRunnerOptions } from './options.js';
export type { Durability, EngineSettings, RetentionSettings, SinkSettings } from './settings/settings.js';
export {
  AfterAttempt,
  BeforeAttempt,
  OnOutcome,
  OnRetry,
  type AfterAttemptContext,
  type BeforeAttemptOptions,
  type HookContext,
  type HookOptions,
  type OutcomeContext,
  type RetryContext,
  type Veto,
} from './integrations/hooks/run-hook.js';
export type { ParameterSchema } from './integrations/handler/parameter-schema.js';
export type { ThreadContext, ThreadHandler } from './integrations/handler/threads/thread-context.js';
export type { ThreadOptions, ThreadSource } from './integrations/handler/threads/thread-target.js';
export { TaskHandler, type TaskHandlerOptions } from './integrations/handler/task-handler.js';
export {
  getLifecycleEventsToken,
  getTaskSchedulerToken,
  InjectLifecycleEvents,
  InjectTaskScheduler,
} from './runner/runner-tokens.js';
export {
  ResultAbandonedError,
  ResultTimeoutError,
  RunCancelledError,
  RunFailedError,
  RunNotSucceededError,
  RunSkippedError,
} from './scheduler/result-errors.js';
export { ChangesLostError, type ChangesOptions } from './scheduler/change-feed.js';
export type { Change } from './scheduler/changes-in.js';
export type {
  HandlerOf,
  OutputOf,
  ParametersOf,
  ResultOf,
  RunOf,
  TaskInputFor,
  TaskOf,
} from './integrations/handler/handler-types.js';
export type {
  BackfillOptions,
  BulkChangeOptions,
  FollowLogOptions,
  GrantsInput,
  InstallationPatch,
  LogOptions,
  PauseManyOptions,
  PreviewOptions,
  RedriveOptions,
  RunNowOptions,
  ScheduleOptions,
  SettingsInput,
  VersionOption,
} from './scheduler/scheduler-options.js';
export type { WaitOptions } from './scheduler/run-results.js';
// Only what is exported in this way can be augmented under the name of the package.
export * from './integrations/handler/task-handlers.js';
export type { Bulk, TaskSelection } from './scheduling/tasks/bulk-changes.js';
export {
  TaskRunnerModule,
  type TaskRunnerModuleAsyncOptions,
  type TaskRunnerModuleOptions,
} from './task-runner.module.js';
export { DEFAULT_ORGANIZATION, TaskScheduler } from './task-scheduler.js';
export type { Preview } from './triggers/trigger-resolver.js';
export {
  TriggerFault,
  type PlannedRun,
  type Timetable,
  type TriggerContext,
  type TriggerSchema,
  type TriggerType,
} from './triggers/trigger-type.js';
export { UnknownTriggerTypeError } from './triggers/unknown-trigger-type.error.js';
