import { Injectable } from '@nestjs/common';
import { InvalidInputError, type Fault } from '../domain/errors.js';
import { faultsOf } from '../domain/faults.js';
import { taskInputSchema, type TaskDefinition } from '../domain/task.js';
import { actionFaults } from '../integrations/action-faults.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import { mergePatch } from './merge-patch.js';

/** A task as somebody asked for it, checked, with its secrets still in the clear. */
export interface CheckedInput {
  definition: TaskDefinition;
  secrets: Record<string, string>;
}

/** A checked change: the whole definition after it, and of the secrets those that change; null deletes one, or all. */
export interface CheckedPatch {
  definition: TaskDefinition;
  secrets: Record<string, string | null> | null;
}

/** Turns what callers send into definitions, or says everything that is wrong with it. */
@Injectable()
export class TaskInputReader {
  constructor(private readonly resolver: TriggerResolver) {}

  /** @throws InvalidInputError with a JSON pointer per fault */
  read(input: unknown): CheckedInput {
    const parsed = taskInputSchema.safeParse(input);
    if (!parsed.success) throw new InvalidInputError(faultsOf(parsed.error));
    const { secrets = {}, ...definition } = parsed.data;
    const faults = this.faults(definition);
    if (faults.length > 0) throw new InvalidInputError(faults);
    return { definition, secrets };
  }

  /** Applies a JSON Merge Patch (RFC 7396) to a definition. @throws InvalidInputError */
  patch(definition: TaskDefinition, patch: unknown): CheckedPatch {
    if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) {
      throw new InvalidInputError([{ pointer: '', detail: 'must be a JSON Merge Patch: an object' }]);
    }
    const { secrets = {}, ...rest } = patch as { secrets?: unknown };
    const kept = setSecrets(secrets);
    const checked = this.read({ ...(mergePatch(definition, rest) as object), secrets: kept });
    return { definition: checked.definition, secrets: secrets as CheckedPatch['secrets'] };
  }

  private faults(definition: TaskDefinition): Fault[] {
    const action = actionFaults(definition.action);
    return [
      ...this.resolver.faults(definition),
      ...action.map((fault) => ({ ...fault, pointer: `/action${fault.pointer ?? ''}` })),
    ];
  }
}

/** The secrets that a patch sets, leaving out those that it deletes. */
function setSecrets(secrets: unknown): unknown {
  if (secrets === null) return {};
  if (typeof secrets !== 'object' || Array.isArray(secrets)) return secrets;
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== null));
}
