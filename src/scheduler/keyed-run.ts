import { canonicalJson } from '../domain/canonical-json.js';
import { InvalidInputError, NotFoundError, StateConflictError } from '../domain/errors.js';
import { derivedId } from '../domain/ids.js';
import type { Run } from '../domain/run.js';
import type { SchedulerServices } from './scheduler-services.js';

const LONGEST_KEY = 255;

/** A run that is asked for under a key of the caller's. */
export interface KeyedRun {
  organization: string;
  taskId: string;
  key: string;
  parameters?: unknown;
}

/**
 * Starts the run unless it was started under this key before, within a day: then that run is the answer.
 * @throws InvalidInputError, NotFoundError, IdempotencyKeyReusedError when it was asked for with other parameters
 */
export async function keyedRun(
  { idempotency, tasks }: Pick<SchedulerServices, 'idempotency' | 'tasks'>,
  { organization, taskId, key, parameters }: KeyedRun,
): Promise<Run> {
  if (key.length === 0 || key.length > LONGEST_KEY)
    throw new InvalidInputError([{ parameter: 'idempotencyKey', detail: `must have 1 to ${LONGEST_KEY} characters` }]);
  const request = { organization, operation: `TaskScheduler.runNow ${taskId}`, key };
  const begunAt = await idempotency.firstMade(request, canonicalJson(parameters ?? null));
  const requestId = derivedId(begunAt, organization, request.operation, key);
  try {
    return await tasks.run(organization, taskId, { requestId, parameters });
  } catch (error) {
    // Refused, it has started nothing; so the key may be used again.
    if (REFUSALS.some((type) => error instanceof type)) await idempotency.refuse(request).catch(() => undefined);
    throw error;
  }
}

const REFUSALS = [InvalidInputError, NotFoundError, StateConflictError];
