import { Injectable } from '@nestjs/common';
import { InvalidInputError, type Fault } from '../domain/errors.js';
import { faultsOf } from '../domain/faults.js';
import { taskFrameSchema, type TaskDefinition } from '../domain/task-definition.js';
import { actionFaults } from '../integrations/action-faults.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import { unknownDeletions } from './known-members.js';
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

  /**
   * `createdAt` (epoch ms) is when the task came or comes about, `kept` its triggers where they stay as they are: they were
   * checked when they came. @throws InvalidInputError with a JSON pointer per fault
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
    ];
    if (!frame.success || all.length > 0) throw new InvalidInputError(all);
    const { secrets = {}, ...definition } = frame.data;
    return { definition: { ...definition, triggers }, secrets };
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

/** The triggers of an input; where there are too many, the frame says so, and none is looked at. */
function triggersIn(input: unknown): unknown[] {
  const triggers = input !== null && typeof input === 'object' ? (input as { triggers?: unknown }).triggers : undefined;
  return Array.isArray(triggers) && triggers.length <= MOST_TRIGGERS ? triggers : [];
}

const within = (pointer: string, faults: readonly Fault[]): Fault[] =>
  faults.map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer ?? ''}` }));

/** The secrets that a patch sets, leaving out those that it deletes. */
function setSecrets(secrets: unknown): unknown {
  if (secrets === null) return {};
  if (typeof secrets !== 'object' || Array.isArray(secrets)) return secrets;
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== null));
}
