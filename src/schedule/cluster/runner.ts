import { ModuleRef, NestFactory } from '@nestjs/core';
import { Clock } from '../../clock/clock.js';
import { Declarations } from '../../cluster/declarations.js';
import { InstanceRegistry } from '../../cluster/instance-registry.js';
import { HandlerRegistry } from '../../integrations/handler/handler-registry.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import type { TaskRunnerOptions } from '../../options.js';
import type { RunnerParts } from '../../runner/set-apart.js';
import { runnerToken } from '../../runner/runner-tokens.js';
import { Engine } from '../../scheduling/engine.js';
import { TaskRunnerModule } from '../../task-runner.module.js';
import { TaskScheduler } from '../../task-scheduler.js';

/** What the jobs of an application need of the runner. */
export interface Runner {
  scheduler: TaskScheduler;
  handlers: HandlerRegistry;
  declarations: Declarations;
  instances: InstanceRegistry;
  events: LifecycleEvents;
  clock: Clock;
  /** Resolves once it works: what is stored before may be due before anybody can start it. */
  start(): Promise<void>;
  /** Ends a runner that was brought up for the jobs; a host's ends with the host. */
  close(): Promise<void>;
}

const ANYWHERE = { strict: false } as const;

interface Context {
  get<Service>(token: abstract new (...parts: never[]) => Service, options: { strict: false }): Service;
}

/** The runner of the host application: that without a name; null when the host has none. */
export function hostRunner(modules: ModuleRef): Runner | null {
  try {
    return runnerIn(modules.get<RunnerParts>(runnerToken(), ANYWHERE), () => Promise.resolve());
  } catch {
    return null;
  }
}

/** Brings up a runner that only the jobs use. `prepare` is called before it works. */
export async function ownRunner(
  options: TaskRunnerOptions,
  prepare: (handlers: HandlerRegistry, clock: Clock) => void,
): Promise<Runner> {
  const preparation = {
    provide: Symbol('preparation'),
    inject: [ModuleRef],
    useFactory: (modules: ModuleRef) => ({
      onModuleInit: () => prepare(modules.get(HandlerRegistry, ANYWHERE), modules.get(Clock, ANYWHERE)),
    }),
  };
  class OwnRunnerModule {}
  const context = await NestFactory.createApplicationContext(
    {
      module: OwnRunnerModule,
      imports: [TaskRunnerModule.forRoot(options)],
      providers: [preparation],
    },
    { abortOnError: false },
  );
  return runnerIn(context, () => context.close());
}

function runnerIn(context: Context, close: () => Promise<void>): Runner {
  const get = <Service>(token: abstract new (...parts: never[]) => Service): Service => context.get(token, ANYWHERE);
  return {
    scheduler: get(TaskScheduler),
    handlers: get(HandlerRegistry),
    declarations: get(Declarations),
    instances: get(InstanceRegistry),
    events: get(LifecycleEvents),
    clock: get(Clock),
    start: () => get(Engine).start(),
    close,
  };
}
