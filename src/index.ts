export { Clock, type Timer } from './clock/clock.js';
export { SettableClock } from './clock/settable-clock.js';
export { SystemClock } from './clock/system-clock.js';
export type { Action } from './domain/action.js';
export {
  InvalidInputError,
  NotFoundError,
  SettingsError,
  StateConflictError,
  StoreUnavailableError,
  TaskRunnerError,
  VersionMismatchError,
  type Fault,
} from './domain/errors.js';
export type { LedgerEntry, LedgerOutcome } from './domain/ledger.js';
export type { Json, JsonObject } from './domain/json.js';
export type { Attempt, Run, RunError, RunState, RunTrigger } from './domain/run.js';
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
export type { Durability, EngineSettings, SinkSettings } from './settings/settings.js';
export { TaskHandler } from './task-handler.js';
export { TaskRunnerModule } from './task-runner.module.js';
export { DEFAULT_ORGANIZATION, TaskScheduler } from './task-scheduler.js';
export {
  TriggerFault,
  type PlannedRun,
  type Timetable,
  type TriggerContext,
  type TriggerSchema,
  type TriggerType,
} from './triggers/trigger-type.js';
export { UnknownTriggerTypeError } from './triggers/unknown-trigger-type.error.js';
