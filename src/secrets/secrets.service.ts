import { Injectable } from '@nestjs/common';
import type { Task } from '../domain/task.js';
import { isBound, SealedSecretError, Sealer, useOf, type SealContext } from './sealer.js';

/** Whose secrets they are, and what they are for. */
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

  /** The task's secrets in the clear; they must not be kept. Throws `SealedSecretError`. */
  openAll(task: SecretOwner & Pick<Task, 'secrets'>): Record<string, string> {
    return map(task, task.secrets, (value, context) => this.sealer.open(value, context));
  }

  /**
   * The task's sealed secrets for another definition of it. One that does not open stays as it is, and so does not open there
   * either.
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
