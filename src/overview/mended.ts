import { Injectable } from '@nestjs/common';
import { chunksOf } from '../domain/chunks.js';
import { retryRunId } from '../domain/ids.js';
import { EARLIEST, LATEST } from '../domain/instants.js';
import type { Run } from '../domain/run.js';
import { RunReads } from '../scheduling/ports/run.reads.js';

/** How many of a task's last runs tell whether it went well since. */
const LOOKED_BACK = 10;
const TASKS_AT_ONCE = 50;
const RUNS_AT_ONCE = 200;

type Failed = Pick<Run, 'id' | 'taskId' | 'scheduledFor'>;

/** Tells which failures are mended: a later run of their task succeeded, or the run that retried them. */
@Injectable()
export class MendedFailures {
  constructor(private readonly runs: RunReads) {}

  /** The ids of those that are; of their tasks, only these are looked at. */
  async among(
    organization: string,
    failures: readonly Failed[],
    taskIds: Iterable<string> = failures.map(({ taskId }) => taskId),
  ): Promise<Set<string>> {
    const successes = await this.lastSuccesses(organization, [...new Set(taskIds)]);
    const isLeftBehind = ({ taskId, scheduledFor }: Failed) => scheduledFor < (successes.get(taskId) ?? EARLIEST);
    const mended = new Set(failures.filter(isLeftBehind).map(({ id }) => id));
    const rest = failures.filter(({ id }) => !mended.has(id));
    for (const part of chunksOf(rest, RUNS_AT_ONCE)) {
      const retries = new Map(part.map((failure) => [retryRunId(failure), failure.id]));
      const states = await this.runs.statesOf(organization, [...retries.keys()]);
      for (const [retry, state] of states) if (state === 'succeeded') mended.add(retries.get(retry)!);
    }
    return mended;
  }

  private async lastSuccesses(organization: string, taskIds: string[]): Promise<Map<string, number>> {
    const successes = new Map<string, number>();
    const range = { from: EARLIEST, before: LATEST, limit: LOOKED_BACK };
    for (const part of chunksOf(taskIds, TASKS_AT_ONCE)) {
      for (const { taskId, state, scheduledFor } of await this.runs.outlines(organization, part, range)) {
        if (state !== 'succeeded') continue;
        successes.set(taskId, Math.max(scheduledFor, successes.get(taskId) ?? EARLIEST));
      }
    }
    return successes;
  }
}
