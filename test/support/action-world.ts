import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../src/domain/json.js';
import type { Run } from '../../src/domain/run.js';
import type { Action } from '../../src/domain/action.js';
import type { ActionContext } from '../../src/integrations/action.js';
import type { LogLevel } from '../../src/execution-log/log.store.js';
import { ActionError } from '../../src/integrations/action.js';
import { AttemptSecrets } from '../../src/integrations/attempt-secrets.js';
import { CallbackTokens } from '../../src/secrets/callback-tokens.js';
import { KeyRing } from '../../src/secrets/key-ring.js';
import { Sealer } from '../../src/secrets/sealer.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { aRun, aTask } from './builders.js';

const ring = KeyRing.single('test', randomBytes(32));

export const callbackTokens = new CallbackTokens(ring);
export const secretsService = new SecretsService(new Sealer(ring));
export const attemptSecrets = new AttemptSecrets(secretsService, callbackTokens);

/** What a test sets for an attempt; everything else has a default. */
export interface AttemptParts {
  action?: Action;
  parameters?: JsonObject;
  secrets?: Record<string, string>;
  run?: Partial<Run>;
  attempt?: number;
  signal?: AbortSignal;
}

/** The context of an attempt, with what it logged. */
export interface TestAttempt extends ActionContext {
  logged: Array<{ level: LogLevel; message: string; data?: JsonObject }>;
}

export function anAttempt({
  action,
  parameters = {},
  secrets = {},
  run,
  attempt = 1,
  signal,
}: AttemptParts = {}): TestAttempt {
  const task = aTask({ definition: { action: action ?? { type: 'noop' }, parameters } });
  const logged: TestAttempt['logged'] = [];
  return {
    task: { ...task, secrets: secretsService.sealAll(task, secrets) },
    run: aRun({ taskId: task.id, ...run }),
    attempt,
    signal: signal ?? new AbortController().signal,
    log: (level, message, given) => {
      const data = typeof given === 'function' ? given() : given;
      logged.push(data ? { level, message, data } : { level, message });
    },
    logged,
  };
}

/** The `ActionError` with which the promise rejects. */
export async function failureOf(promise: Promise<unknown>): Promise<ActionError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof ActionError) return error;
  throw error;
}
