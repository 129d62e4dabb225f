import { SetMetadata } from '@nestjs/common';
import type { JsonObject } from '../../domain/json.js';
import type { HandlerContext } from './handler-registry.js';
import type { ParametersOf, ReturnedBy } from './handler-types.js';
import type { ParameterSource } from './parameter-schema.js';
import type { ThreadSource } from './threads/thread-target.js';

/** The metadata key of a method that is a handler; its value is a `HandlerDeclaration`. */
export const TASK_HANDLER = Symbol('TASK_HANDLER');

/** What a handler asks of its calls. */
export interface TaskHandlerOptions<Parameters extends object = JsonObject> {
  /**
   * What the task's `parameters` must be: a schema of any library that follows the Standard Schema, without waiting, or a
   * class with decorators of class-validator. They are checked when a task is scheduled or changed on an instance that
   * has the handler, and before each call, which gets the schema's result.
   */
  parameters?: ParameterSource<Parameters>;
  /**
   * Fails an attempt (`heartbeat-timeout`) whose handler has called neither `heartbeat` nor `progress` for so long, in
   * milliseconds. Default: only the task's `timeoutMs` counts.
   */
  heartbeatTimeoutMs?: number;
  /**
   * The module whose default export does the work in a thread, where it holds nothing up and is ended by force after the
   * time-out. The method runs before it, here: what it returns is the input, or else the task's parameters are. Needs
   * the package `piscina`.
   */
  thread?: ThreadSource;
  /** The name of the runner whose tasks call it, in an application with several. Default: the one without a name. */
  runner?: string;
  /**
   * How many runs of the handler may be under way at a time on this instance; further ones wait without a slot, and start
   * on another instance that has room. Default: only the slots of the instance count.
   */
  concurrency?: number;
}

/** A handler as it is declared. */
export interface HandlerDeclaration {
  name: string;
  options: TaskHandlerOptions<object>;
}

type HandlerDecorator<Parameters extends object, Returned> = <
  Method extends (context: HandlerContext<Parameters>) => Returned | Promise<Returned>,
>(
  prototype: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Makes a method of a provider or controller the handler of this name: tasks with `{"type": "handler", "name": …}` call
 * it with a `HandlerContext`. The return value becomes the run's output; an exception fails the attempt. A provider in
 * request or transient scope is made anew for each call.
 */
export const TaskHandler = <Name extends string, Parameters extends object = ParametersOf<Name>>(
  name: Name,
  options: TaskHandlerOptions<Parameters> = {},
): HandlerDecorator<Parameters, ReturnedBy<Name>> =>
  SetMetadata(TASK_HANDLER, { name, options } satisfies HandlerDeclaration);
