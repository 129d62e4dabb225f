import { createTaskRunnerClient, demand, everyItem, ProblemError, type TaskRunnerClient } from '../../client/index.js';
import type { Clock } from '../../clock/clock.js';
import type { JsonObject } from '../../domain/json.js';
import { taskDefinitionSchema, type TaskDefinition, type TaskInput } from '../../domain/task-definition.js';
import { RefusedError, type Destination, type StoredTask } from './destination.js';

const PAGE = 200;
/** How often a request is repeated that came too early, and how long to wait when the answer does not say (ms). */
const MOST_TRIES = 20;
const WAIT_MS = 5000;
/** Answers about one task, which say nothing about the others. */
export const REFUSALS = [400, 404, 409, 412, 413, 422];

type Answer = { data?: unknown; error?: unknown; response: Response };

/** A running service, by its REST API. */
export class RestDestination implements Destination {
  private readonly client: TaskRunnerClient;

  constructor(
    baseUrl: string,
    token: string,
    private readonly clock: Clock,
  ) {
    this.client = createTaskRunnerClient({ baseUrl, token });
  }

  async *withTag(tag: string): AsyncGenerator<StoredTask> {
    const page = (cursor: string | undefined) =>
      this.inTime(() =>
        this.client.GET('/v1/tasks', {
          params: { query: { tag, limit: PAGE, ...(cursor !== undefined && { cursor }) } },
        }),
      );
    for await (const task of everyItem(page)) yield storedTask(task);
  }

  async create(body: TaskInput): Promise<StoredTask> {
    return storedTask(await this.ask(() => this.client.POST('/v1/tasks', { body: body as never })));
  }

  async change(id: string, patch: JsonObject): Promise<void> {
    await this.ask(() => this.client.PATCH('/v1/tasks/{id}', { params: { path: { id } }, body: patch as never }));
  }

  async pause(id: string, reason: string): Promise<void> {
    await this.ask(() => this.client.POST('/v1/tasks/{id}/pause', { params: { path: { id } }, body: { reason } }));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws RefusedError when the service refuses what is in the request, ProblemError otherwise */
  private async ask<Data>(call: () => Promise<Answer & { data?: Data }>): Promise<Data> {
    try {
      return await demand(this.inTime(call));
    } catch (error) {
      if (error instanceof ProblemError && REFUSALS.includes(error.status)) throw new RefusedError(error.message);
      throw error;
    }
  }

  /** Repeats a request for which the rate limit, or a busy service, asks for some patience. */
  private async inTime<Made extends Answer>(call: () => Promise<Made>): Promise<Made> {
    for (let tries = 1; ; tries++) {
      const answer = await call();
      const { status, headers } = answer.response;
      if ((status !== 429 && status !== 503) || tries === MOST_TRIES) return answer;
      const seconds = Number(headers.get('retry-after') ?? Number.NaN);
      await this.clock.sleep(seconds >= 0 ? Math.min(seconds * 1000, 60_000) : WAIT_MS);
    }
  }
}

function storedTask(task: unknown): StoredTask {
  const { id, state } = task as { id: string; state: string };
  const members = Object.entries(task as object).filter(([name]) => name in taskDefinitionSchema.shape);
  return { id, isPaused: state === 'paused', definition: Object.fromEntries(members) as TaskDefinition };
}
