import { Injectable } from '@nestjs/common';
import { InvalidInputError, type Fault } from '../../domain/errors.js';
import { faultsOf, within } from '../../domain/faults.js';
import { parametersSchema, taskFrameSchema, type TaskDefinition } from '../../domain/task-definition.js';
import type { JsonObject } from '../../domain/json.js';
import { actionFaults } from '../../integrations/action-faults.js';
import { HandlerRegistry } from '../../integrations/handler/handler-registry.js';
import { checkedParameters } from '../../integrations/handler/parameter-schema.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { mergePatch } from '../../domain/merge-patch.js';
import { unknownDeletions } from '../planning/unknown-deletions.js';

/** A task from a request, checked, with its secrets still in the clear. */
export interface CheckedInput {
  definition: TaskDefinition;
  secrets: Record<string, string>;
}

/** A checked change: the whole definition after it, and the secrets that change; null deletes one of them, or all. */
export interface CheckedPatch {
  definition: TaskDefinition;
  secrets: Record<string, string | null> | null;
}

/** Turns requests into definitions, or reports everything that is wrong with them. */
@Injectable()
export class TaskInputReader {
  constructor(
    private readonly resolver: TriggerResolver,
    private readonly handlers: HandlerRegistry = new HandlerRegistry(),
  ) {}

  /**
   * `createdAt` (epoch ms) is when the task was or will be created. `kept` are its triggers if they stay as they are;
   * they were checked when they came. @throws InvalidInputError with a JSON pointer per fault
   */
  read(input: unknown, createdAt: number, kept?: TaskDefinition['triggers']): CheckedInput {
    const frame = taskFrameSchema.safeParse(input);
    const { triggers, faults } = kept
      ? { triggers: kept, faults: [] }
      : this.resolver.check(triggersIn(input), createdAt);
    const all = [
      ...(frame.success ? [] : faultsOf(frame.error)),
      ...within('/triggers', faults),
      ...(frame.success ? within('/action', actionFaults(frame.data.action)) : []),
      ...(frame.success ? within('/parameters', this.parameterFaults(frame.data)) : []),
    ];
    if (!frame.success || all.length > 0) throw new InvalidInputError(all);
    const { secrets = {}, ...definition } = frame.data;
    return { definition: { ...definition, triggers }, secrets };
  }

  /**
   * Parameters for a run of a task with this definition, checked as the task's own are. @throws InvalidInputError with
   * pointers below `/parameters`
   */
  parameters(input: unknown, { action }: Pick<TaskDefinition, 'action'>): JsonObject {
    const parsed = parametersSchema.safeParse(input);
    const faults = parsed.success ? this.parameterFaults({ action, parameters: parsed.data }) : faultsOf(parsed.error);
    if (!parsed.success || faults.length > 0) throw new InvalidInputError(within('/parameters', faults));
    return parsed.data;
  }

  /** What the handler of this instance, if it has it, finds wrong with the parameters. */
  private parameterFaults({ action, parameters }: Pick<TaskDefinition, 'action' | 'parameters'>): Fault[] {
    const schema = action.type === 'handler' ? this.handlers.traitsOf(action.name)?.parameters : undefined;
    const checked = schema && checkedParameters(schema, structuredClone(parameters));
    return checked && 'faults' in checked ? checked.faults : [];
  }

  /** Applies a JSON Merge Patch (RFC 7396) to a definition. @throws InvalidInputError */
  patch(definition: TaskDefinition, patch: unknown, createdAt: number): CheckedPatch {
    if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) {
      throw new InvalidInputError([{ pointer: '', detail: 'must be a JSON Merge Patch: an object' }]);
    }
    const strangers = unknownDeletions(patch as Record<string, unknown>);
    if (strangers.length > 0) throw new InvalidInputError(strangers);
    const { secrets = {}, ...rest } = patch as { secrets?: unknown };
    const kept = setSecrets(secrets);
    const merged = { ...(mergePatch(definition, rest) as object), secrets: kept };
    const checked = this.read(merged, createdAt, 'triggers' in rest ? undefined : definition.triggers);
    return { definition: checked.definition, secrets: secrets as CheckedPatch['secrets'] };
  }
}

const MOST_TRIGGERS = 20;

/** The triggers of an input. If there are too many, the frame says so, and none is checked. */
function triggersIn(input: unknown): unknown[] {
  const triggers = input !== null && typeof input === 'object' ? (input as { triggers?: unknown }).triggers : undefined;
  return Array.isArray(triggers) && triggers.length <= MOST_TRIGGERS ? triggers : [];
}

/** The secrets that a patch sets, without those that it deletes. */
function setSecrets(secrets: unknown): unknown {
  if (secrets === null) return {};
  if (typeof secrets !== 'object' || Array.isArray(secrets)) return secrets;
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== null));
}
