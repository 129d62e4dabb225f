import { Injectable } from '@nestjs/common';
import type { Task } from '../domain/task.js';
import { isBound, SealedSecretError, Sealer, useOf, type SealContext } from './sealer.js';

/** The owner of secrets, and their use. */
export type SecretOwner = Pick<Task, 'organization' | 'id'> & {
  definition: Pick<Task['definition'], 'action' | 'parameters'>;
};

/** Seals and opens the secrets of tasks. */
@Injectable()
export class SecretsService {
  constructor(private readonly sealer: Sealer) {}

  /** Seals each secret for this one task and its use, under the ring's first key. */
  sealAll(task: SecretOwner, secrets: Readonly<Record<string, string>>): Record<string, string> {
    return map(task, secrets, (value, context) => this.sealer.seal(value, context));
  }

  /** The task's secrets in plain text; do not keep them. Throws `SealedSecretError`. */
  openAll(task: SecretOwner & Pick<Task, 'secrets'>): Record<string, string> {
    return map(task, task.secrets, (value, context) => this.sealer.open(value, context));
  }

  /**
   * The task's secrets, sealed for another definition of the task. A secret that does not open stays unchanged, and
   * does not open under the new definition either.
   */
  rebind(task: SecretOwner & Pick<Task, 'secrets'>, definition: SecretOwner['definition']): Record<string, string> {
    const use = useOf(definition);
    return map(task, task.secrets, (sealed, context) => {
      if (context.use === use && isBound(sealed)) return sealed;
      try {
        return this.sealer.seal(this.sealer.open(sealed, context), { ...context, use });
      } catch (error) {
        if (error instanceof SealedSecretError) return sealed;
        throw error;
      }
    });
  }

  /** The task's secrets in plain text; undefined where one does not open, so that it is set anew. */
  readable(task: SecretOwner & Pick<Task, 'secrets'>): Record<string, string | undefined> {
    const open = ([name, sealed]: [string, string]): [string, string | undefined] => {
      try {
        return [name, this.openAll({ ...task, secrets: { [name]: sealed } })[name]];
      } catch (error) {
        if (error instanceof SealedSecretError) return [name, undefined];
        throw error;
      }
    };
    return Object.fromEntries(Object.entries(task.secrets).map(open));
  }

  /**
   * The task's secrets after a change: a value sets one, null deletes it, and null for all deletes all. Those that stay
   * are sealed anew if the definition puts them to another use.
   */
  changed(
    task: SecretOwner & Pick<Task, 'secrets'>,
    definition: SecretOwner['definition'],
    changes: Readonly<Record<string, string | null>> | null,
  ): Record<string, string> {
    if (changes === null) return {};
    const entries = Object.entries(changes);
    const set = Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
    const deleted = new Set(entries.filter(([, value]) => value === null).map(([name]) => name));
    const kept = Object.fromEntries(Object.entries(task.secrets).filter(([name]) => !deleted.has(name)));
    const { organization, id } = task;
    return {
      ...this.rebind({ ...task, secrets: kept }, definition),
      ...this.sealAll({ organization, id, definition }, set),
    };
  }
}

function map(
  { organization, id: taskId, definition }: SecretOwner,
  values: Readonly<Record<string, string>>,
  change: (value: string, context: SealContext) => string,
): Record<string, string> {
  const entries = Object.entries(values);
  if (entries.length === 0) return {};
  const use = useOf(definition);
  return Object.fromEntries(entries.map(([name, value]) => [name, change(value, { organization, taskId, name, use })]));
}
