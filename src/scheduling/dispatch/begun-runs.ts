import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { CurrentTimetables } from './current-timetables.js';
import { apartFrom, countingIn } from '../planning/task-changes.js';
import { mayHaveStarted } from '../planning/progress-planner.js';
import type { RunReads } from '../ports/run.reads.js';
import { RunStore } from '../ports/run.store.js';
import { TaskStore } from '../ports/task.store.js';

/** More runs than a task has armed within an arming window. */
export const MOST_ARMED = 100;
/** No instance claims further ahead, and no instance's clock is ahead by more than this (ms). */
export const MOST_AHEAD_MS = 60_000;

/** The runs of the task's occurrences in a range of instants (epoch ms) that were claimed under an older definition. */
export async function claimedBefore(
  runs: Pick<RunReads, 'ofTask'>,
  { organization, id, generation }: Pick<Task, 'organization' | 'id' | 'generation'>,
  range: { from: number; before: number },
): Promise<Run[]> {
  const claimed = await runs.ofTask(organization, id, { ...range, limit: MOST_ARMED });
  return claimed.filter((run) => run.trigger === 'schedule' && run.generation < generation);
}

/** Counts runs that began, or may have begun, under an older definition of their task: `maxRuns` includes them. */
@Injectable()
export class BegunRuns {
  constructor(
    private readonly tasks: TaskStore,
    private readonly timetables: CurrentTimetables,
    private readonly runs: RunStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts those of the runs whose instants the task does not reach again. Resolves to the task after that; to null,
   * with nothing counted, when the task has been changed again meanwhile.
   */
  async count(task: Task, begun: readonly Run[]): Promise<Task | null> {
    const apart = apartFrom(task, begun, await this.timetables.of(task));
    while (apart.length > 0) {
      const current = await this.tasks.get(task.organization, task.id);
      if (current?.generation !== task.generation) return null;
      const counted = countingIn(current, apart);
      if (await this.tasks.replace(task.organization, counted, current)) return counted;
    }
    return task;
  }

  /**
   * Deletes runs of these tasks without a trace, except in the count that `maxRuns` limits: rather one run too few than one
   * too many. `limits` has until when owners may have begun runs. Resolves to the ids deleted.
   */
  async withdraw(
    runs: readonly Run[],
    tasks: ReadonlyMap<string, Task>,
    limits: ReadonlyMap<string, number>,
  ): Promise<Set<string>> {
    const done: Run[] = [];
    for (const run of runs) {
      const task = tasks.get(run.taskId)!;
      const isBegun = mayHaveStarted(run, this.clock.now(), limits.get(run.owner ?? ''));
      const counts = task.definition.maxRuns !== undefined && isBegun;
      // If the task has changed meanwhile, a later look is at what it is then.
      if (!counts || (await this.count(task, [run]))) done.push(run);
    }
    return this.runs.withdraw(done);
  }
}
