import { Injectable } from '@nestjs/common';
import type { Task } from '../domain/task.js';
import { Sealer } from './sealer.js';

/** Seals and opens the secrets of tasks. */
@Injectable()
export class SecretsService {
  constructor(private readonly sealer: Sealer) {}

  /** Seals each secret for this one task, under the ring's first key. */
  sealAll(task: Pick<Task, 'organization' | 'id'>, secrets: Readonly<Record<string, string>>): Record<string, string> {
    return this.map(task, secrets, (value, context) => this.sealer.seal(value, context));
  }

  /** The task's secrets in the clear; they must not be kept. Throws `SealedSecretError`. */
  openAll(task: Pick<Task, 'organization' | 'id' | 'secrets'>): Record<string, string> {
    return this.map(task, task.secrets, (value, context) => this.sealer.open(value, context));
  }

  private map(
    { organization, id: taskId }: Pick<Task, 'organization' | 'id'>,
    values: Readonly<Record<string, string>>,
    change: (value: string, context: Parameters<Sealer['seal']>[1]) => string,
  ): Record<string, string> {
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, change(value, { organization, taskId, name })]),
    );
  }
}
