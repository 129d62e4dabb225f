import { demand, ProblemError, type TaskRunnerClient } from '../../client/index.js';
import type { JsonObject } from '../../domain/json.js';
import { mergeDifference } from '../../importers/destination/merge-difference.js';
import { RefusedError } from '../../importers/destination/destination.js';
import { REFUSALS } from '../../importers/destination/rest-destination.js';
import type { Step, Stored } from '../definitions/plan.js';
import { secretValues } from '../definitions/secret-values.js';
import type { Wanted } from '../definitions/wanted.js';
import type { Terminal } from '../terminal/terminal.js';

/** What became of a step. */
export interface Done {
  step: Step;
  id: string;
  refusal?: string;
}

/** Does the steps one after the other; one that is refused holds up no other. The values of all secrets are read before. */
export async function carriedOut(
  client: TaskRunnerClient,
  steps: readonly Step[],
  terminal: Terminal,
): Promise<Done[]> {
  const values = new Map<Step, Record<string, string>>();
  for (const step of steps) if (needsValues(step)) values.set(step, await secretValues(step.wanted!, terminal.env));
  const progress = terminal.progress('Changing');
  const done: Done[] = [];
  for (const step of steps) {
    done.push(await one(client, step, values.get(step) ?? {}));
    progress(done.length, steps.length);
  }
  return done;
}

const needsValues = ({ act, changes, wanted }: Step): boolean =>
  wanted !== undefined &&
  (act === 'create' || changes.some(({ pointer, after }) => pointer.startsWith('/secrets/') && after !== undefined));

async function one(client: TaskRunnerClient, step: Step, secrets: Record<string, string>): Promise<Done> {
  try {
    return { step, id: await carryOut(client, step, secrets) };
  } catch (error) {
    const isRefusal =
      error instanceof RefusedError || (error instanceof ProblemError && REFUSALS.includes(error.status));
    if (!isRefusal) throw error;
    return { step, id: step.stored?.id ?? '', refusal: error.message };
  }
}

async function carryOut(
  client: TaskRunnerClient,
  { stored, wanted }: Step,
  secrets: Record<string, string>,
): Promise<string> {
  if (!stored) {
    const body = { ...wanted!.definition, ...(Object.keys(secrets).length > 0 && { secrets }) } as never;
    return (await demand(client.POST('/v1/tasks', { body }))).id;
  }
  // What was planned is what is done, or nothing.
  const params = { path: { id: stored.id }, header: { 'If-Match': `"${stored.version}"` } };
  if (wanted) await demand(client.PATCH('/v1/tasks/{id}', { params, body: patchOf(stored, wanted, secrets) as never }));
  else await demand(client.DELETE('/v1/tasks/{id}', { params }));
  return stored.id;
}

function patchOf(stored: Stored, wanted: Wanted, secrets: Record<string, string>): JsonObject {
  const patch = mergeDifference(stored.definition, wanted.definition as JsonObject);
  const gone = stored.secretNames.filter((name) => !(name in wanted.secrets)).map((name) => [name, null]);
  const changed: JsonObject = { ...secrets, ...(Object.fromEntries(gone) as JsonObject) };
  return Object.keys(changed).length > 0 ? { ...patch, secrets: changed } : patch;
}
