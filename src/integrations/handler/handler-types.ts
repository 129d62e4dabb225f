import type { Json, JsonObject } from '../../domain/json.js';
import type { Run } from '../../domain/run.js';
import type { TaskInput } from '../../domain/task-definition.js';
import type { Task } from '../../domain/task.js';
import type { HandlerContext } from './handler-registry.js';
import type { TaskHandlers } from './task-handlers.js';

/** What is known of a handler: the type of its parameters and of its output. */
export interface HandlerTypes {
  parameters?: object;
  output?: unknown;
}

/** The types of a handler as its method declares them, as in `HandlerOf<Invoices['send']>`. */
export type HandlerOf<Method> = Method extends (context: HandlerContext<infer Parameters>) => infer Returned
  ? { parameters: Parameters; output: Awaited<Returned> }
  : never;

type Of<Name, Kind extends keyof HandlerTypes, Unknown> = Name extends keyof TaskHandlers
  ? TaskHandlers[Name] extends Record<Kind, infer Type>
    ? Type
    : Unknown
  : Unknown;

/** The parameters of the handler; any JSON object for one that is not declared. */
export type ParametersOf<Name> = Of<Name, 'parameters', JsonObject>;

/** The output of the handler; any JSON for one that is not declared. */
export type OutputOf<Name> = Of<Name, 'output', Json>;

type ParameterMember<Parameters> = {} extends Parameters
  ? { parameters?: Parameters | undefined }
  : { parameters: Parameters };

/** The input for a task; with a declared handler as its action, its parameters must be those of the handler. */
export type TaskInputFor<Name extends string> = Omit<TaskInput, 'action' | 'parameters'> & {
  action: { type: 'handler'; name: Name } | Exclude<TaskInput['action'], { type: 'handler' }>;
} & ParameterMember<ParametersOf<Name>>;

/** The inputs for tasks, each by the handler that it has. */
export type TaskInputsFor<Names extends readonly string[]> = { [Index in keyof Names]: TaskInputFor<Names[Index]> };

declare const HANDLER: unique symbol;

/** Remembers, for the compiler alone, which handler a task or a run has. */
interface Handled<Name extends string> {
  readonly [HANDLER]?: Name;
}

/** A task with this handler. */
export type TaskOf<Name extends string> = Task & Handled<Name>;

/** A run of a task with this handler. */
export type RunOf<Name extends string> = Run & Handled<Name>;

/** A task or a run with this handler, or its id. */
export type Reference<Name extends string> = string | ({ readonly id: string } & Handled<Name>);

/** A run of this handler that has succeeded; its output is null where the handler returned nothing. */
export type ResultOf<Name extends string> = Omit<Run, 'output'> & { output: Kept<OutputOf<Name>> };

/** What is stored of an output: nothing is null. */
type Kept<Output> = [Output] extends [void] ? null : Json extends Output ? Json : Output | Extract<null, Output>;

export const idOfReference = (reference: Reference<string>): string =>
  typeof reference === 'string' ? reference : reference.id;

/** What the method of a handler must return; anything for one whose output is not declared. */
export type ReturnedBy<Name> = Of<Name, 'output', unknown>;
