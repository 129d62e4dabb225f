import { Inject, type InjectionToken } from '@nestjs/common';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { TaskScheduler } from '../task-scheduler.js';

/** The injection token of the runner's own scheduler; without a name, that of the runner without one. */
export const getTaskSchedulerToken = (name?: string): InjectionToken<TaskScheduler> =>
  name === undefined ? TaskScheduler : `TaskScheduler:${name}`;

/** The injection token of the events of one runner. */
export const getLifecycleEventsToken = (name?: string): InjectionToken<LifecycleEvents> =>
  name === undefined ? LifecycleEvents : `LifecycleEvents:${name}`;

/** Injects the `TaskScheduler` of the runner of this name. */
export const InjectTaskScheduler = (name?: string): PropertyDecorator & ParameterDecorator =>
  Inject(getTaskSchedulerToken(name));

/** Injects the `LifecycleEvents` of the runner of this name. */
export const InjectLifecycleEvents = (name?: string): PropertyDecorator & ParameterDecorator =>
  Inject(getLifecycleEventsToken(name));

/** The injection token of a runner as a whole. */
export const runnerToken = (name?: string): InjectionToken =>
  name === undefined ? 'TaskRunner' : `TaskRunner:${name}`;
