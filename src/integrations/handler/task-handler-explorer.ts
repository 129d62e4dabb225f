import type { OnModuleInit } from '@nestjs/common';
import type { ModulesContainer, Reflector } from '@nestjs/core';
import { SettingsError } from '../../domain/errors.js';
import { isForRunner } from '../../runner/runner-names.js';
import { providerMethods } from '../provider-methods.js';
import type { HandlerRegistry, HandlerTraits, TaskHandlerFunction } from './handler-registry.js';
import { schemaOf } from './parameter-schema.js';
import type { HandlerThreads } from './threads/handler-threads.js';
import { threadTarget, type ThreadTarget } from './threads/thread-target.js';
import { TASK_HANDLER, type HandlerDeclaration } from './task-handler.js';

/** Finds those of the application's `@TaskHandler` methods that are for this runner, before the engine starts. */
export class TaskHandlerExplorer implements OnModuleInit {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly reflector: Reflector,
    private readonly handlers: HandlerRegistry,
    private readonly threads: HandlerThreads,
    private readonly runner: string | null,
  ) {}

  async onModuleInit(): Promise<void> {
    for (const { method, source, call } of providerMethods(this.modules)) {
      const declared = this.reflector.get<HandlerDeclaration | undefined>(TASK_HANDLER, method);
      if (!declared || !this.isOurs(declared, source)) continue;
      const handler = await this.inThread(declared, call);
      this.handlers.register(declared.name, handler, await traitsOf(declared, source));
    }
  }

  /** The handler as it is, or as what prepares the input of a thread. */
  private async inThread(
    { name, options }: HandlerDeclaration,
    prepare: TaskHandlerFunction,
  ): Promise<TaskHandlerFunction> {
    if (options.thread === undefined) return prepare;
    const target: ThreadTarget = threadTarget(name, options.thread);
    await this.threads.prepare(target);
    return async (context) => {
      const input = await prepare(context);
      return this.threads.call(name, target, input === undefined ? context.parameters : input, context);
    };
  }

  private isOurs({ name, options }: HandlerDeclaration, source: string): boolean {
    const what = `The task handler ${JSON.stringify(name)} (${source})`;
    return isForRunner(options.runner ?? null, this.runner, this.modules, what);
  }
}

async function traitsOf({ name, options }: HandlerDeclaration, source: string): Promise<HandlerTraits> {
  const { parameters, heartbeatTimeoutMs, concurrency } = options;
  for (const [option, value] of Object.entries({ heartbeatTimeoutMs, concurrency })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
      throw new SettingsError(`${option} of the task handler ${JSON.stringify(name)} must be a whole number above 0.`);
  }
  return {
    source,
    ...(parameters && { parameters: await schemaOf(parameters) }),
    ...(heartbeatTimeoutMs !== undefined && { heartbeatTimeoutMs }),
    ...(concurrency !== undefined && { concurrency }),
  };
}
