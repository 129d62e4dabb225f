import type { QueryClient } from '@tanstack/react-query';
import { api, got, type Task } from '../api/client.ts';
import { tell, tellFault } from '../ui/toasts.tsx';

/** Changes at the service. Each tells what it did, and offers to undo what can be undone. */
export class Acts {
  constructor(private readonly queries: QueryClient) {}

  run = (task: Task): Promise<string | null> =>
    this.do(async () => {
      const run = await got(api.POST('/v1/tasks/{id}/run', { params: { path: { id: task.id } } }));
      tell(`“${short(task.name)}” runs now.`);
      return run.id;
    });

  pause = (task: Task, reason: string, until: string | null): Promise<unknown> =>
    this.do(async () => {
      await this.pauseOne(task.id, reason, until);
      tell(`“${short(task.name)}” is paused.`, () => void this.do(() => this.resumeOne(task.id)));
    });

  resume = (task: Task): Promise<unknown> =>
    this.do(async () => {
      await this.resumeOne(task.id);
      const again = () => this.pauseOne(task.id, task.pausedReason ?? 'paused again', task.pausedUntil ?? null);
      tell(`“${short(task.name)}” is active again.`, () => void this.do(again));
    });

  /** Puts a skipped occurrence back. */
  restore = (id: string, at: string): Promise<unknown> =>
    this.do(async () => {
      await got(api.DELETE('/v1/tasks/{id}/skip', { params: { path: { id }, query: { at } } }));
      tell('The occurrence is in the plan again.');
    });

  /** Pauses what fits a filter, up to 1,000 tasks. */
  pauseAll = (filter: BulkFilter, reason: string, until: string | null): Promise<unknown> =>
    this.do(async () => {
      const body = { ...filter, reason, ...(until !== null && { until }) };
      const { tasks, failed } = await got(api.POST('/v1/tasks/pause', { body: body as never }));
      const rest = failed.length > 0 ? ` ${failed.length} could not be.` : '';
      tell(`${tasks.length} tasks are paused.${rest}`, () => void this.do(() => this.resumeThese(tasks)));
    });

  /** Deletes these tasks, at most 1,000. */
  deleteThese = (ids: readonly string[]): Promise<unknown> =>
    this.do(async () => {
      const { tasks, failed } = await got(api.POST('/v1/tasks/delete', { body: { ids: [...ids] } as never }));
      const rest = failed.length > 0 ? ` ${failed.length} could not be.` : '';
      tell(`${tasks.length} ${tasks.length === 1 ? 'task is' : 'tasks are'} deleted; their runs stay.${rest}`);
    });

  /** The id of the new run. */
  retry = (runId: string): Promise<string | null> =>
    this.do(async () => {
      const run = await got(api.POST('/v1/runs/{id}/retry', { params: { path: { id: runId } } }));
      tell('It runs again, as a new run.');
      return run.id;
    });

  pauseQueue = (name: string, reason: string): Promise<unknown> =>
    this.do(async () => {
      await got(api.POST('/v1/queues/{name}/pause', { params: { path: { name } }, body: { reason } }));
      tell(`The queue ${short(name)} is paused.`, () => void this.resumeQueue(name));
    });

  resumeQueue = (name: string): Promise<unknown> =>
    this.do(async () => {
      await got(api.POST('/v1/queues/{name}/resume', { params: { path: { name } } }));
      tell(`The queue ${short(name)} goes on.`);
    });

  /** The task of the first steps; its id. */
  createFirstTask = (): Promise<string | null> =>
    this.do(async () => {
      const task = await got(api.POST('/v1/tasks', { body: FIRST_TASK as never }));
      tell('Your first task is scheduled.');
      return task.id;
    });

  private pauseOne = (id: string, reason: string, until: string | null): Promise<unknown> =>
    got(
      api.POST('/v1/tasks/{id}/pause', {
        params: { path: { id } },
        body: { reason, ...(until !== null && { until }) },
      }),
    );

  private resumeOne = (id: string): Promise<unknown> =>
    got(api.POST('/v1/tasks/{id}/resume', { params: { path: { id } } }));

  private async resumeThese(ids: readonly string[]): Promise<void> {
    const { tasks } = await got(api.POST('/v1/tasks/resume', { body: { ids: [...ids] } as never }));
    tell(`${tasks.length} tasks are active again.`);
  }

  /** Does something, tells what did not work, and lets the screens ask anew. Null where it did not. */
  async do<Result>(act: () => Promise<Result>): Promise<Result | null> {
    try {
      return await act();
    } catch (error) {
      tellFault(error);
      return null;
    } finally {
      void this.queries.invalidateQueries();
    }
  }
}

export interface BulkFilter {
  state?: 'active' | 'paused' | 'completed';
  queue?: string;
  tag?: string;
  q?: string;
  all?: true;
}

/** How many tasks a bulk pause would pause, and whether there are more of them. */
export async function countToPause(filter: BulkFilter): Promise<{ count: number; hasMore: boolean }> {
  const body = { ...filter, reason: 'to count', dryRun: true };
  const { count, nextCursor } = await got(api.POST('/v1/tasks/pause', { body: body as never }));
  return { count, hasMore: nextCursor !== null };
}

/** The tasks that a bulk deletion would delete, the newest 1,000, and whether there are more. */
export async function idsToDelete(filter: BulkFilter): Promise<{ ids: string[]; hasMore: boolean }> {
  const { tasks, nextCursor } = await got(api.POST('/v1/tasks/delete', { body: { ...filter, dryRun: true } as never }));
  return { ids: tasks, hasMore: nextCursor !== null };
}

const FIRST_TASK = {
  name: 'every five seconds',
  description: 'The first step: does nothing for a second, every five seconds.',
  triggers: [{ type: 'cron', expression: '*/5 * * * * *' }],
  action: { type: 'noop', durationMs: 1000 },
  tags: ['first-steps'],
};

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
