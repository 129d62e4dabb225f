import { createTaskRunnerClient, demand, everyItem, ProblemError, type TaskRunnerClient } from '../../client/index.js';
import type { Clock } from '../../clock/clock.js';
import type { JsonObject } from '../../domain/json.js';
import { taskDefinitionSchema, type TaskDefinition, type TaskInput } from '../../domain/task-definition.js';
import { RefusedError, type Destination, type StoredTask } from './destination.js';
import { withPatience, type Patience } from './patience.js';

const PAGE = 200;
const PATIENCE: Patience = { tries: 20, waitMs: 5000, longestWaitMs: 60_000 };
/** Answers about one task, which say nothing about the others. */
export const REFUSALS = [400, 404, 409, 412, 413, 422];

/** A running service, by its REST API. */
export class RestDestination implements Destination {
  private readonly client: TaskRunnerClient;

  constructor(baseUrl: string, token: string, clock: Clock) {
    const patient = (request: Request) => withPatience(clock, PATIENCE, () => fetch(request.clone()));
    this.client = createTaskRunnerClient({ baseUrl, token, fetch: patient });
  }

  async *withTag(tag: string): AsyncGenerator<StoredTask> {
    const page = (cursor: string | undefined) =>
      this.client.GET('/v1/tasks', {
        params: { query: { tag: [tag], limit: PAGE, ...(cursor !== undefined && { cursor }) } },
      });
    for await (const task of everyItem(page)) yield storedTask(task);
  }

  async create(body: TaskInput): Promise<StoredTask> {
    return storedTask(await this.ask(this.client.POST('/v1/tasks', { body: body as never })));
  }

  async change(id: string, patch: JsonObject): Promise<void> {
    await this.ask(this.client.PATCH('/v1/tasks/{id}', { params: { path: { id } }, body: patch as never }));
  }

  async pause(id: string, reason: string): Promise<void> {
    await this.ask(this.client.POST('/v1/tasks/{id}/pause', { params: { path: { id } }, body: { reason } }));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws RefusedError when the service refuses what is in the request, ProblemError otherwise */
  private async ask<Data>(call: Parameters<typeof demand<Data>>[0]): Promise<Data> {
    try {
      return await demand(call);
    } catch (error) {
      if (error instanceof ProblemError && REFUSALS.includes(error.status)) throw new RefusedError(error.message);
      throw error;
    }
  }
}

function storedTask(task: unknown): StoredTask {
  const { id, state } = task as { id: string; state: string };
  return {
    id,
    isPaused: state === 'paused',
    definition: definitionIn(task as JsonObject) as unknown as TaskDefinition,
  };
}

/** The definition of a task, of all that the service shows of it. */
export const definitionIn = (task: object): JsonObject =>
  Object.fromEntries(Object.entries(task).filter(([name]) => name in taskDefinitionSchema.shape));
