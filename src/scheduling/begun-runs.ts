import { Injectable } from '@nestjs/common';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { CurrentTimetables } from './current-timetables.js';
import { apartFrom, countingIn } from './task-changes.js';
import { TaskStore } from './task.store.js';

/** Counts what began, or may have begun, by a definition from before a change of its task: `maxRuns` goes by that, too. */
@Injectable()
export class BegunRuns {
  constructor(
    private readonly tasks: TaskStore,
    private readonly timetables: CurrentTimetables,
  ) {}

  /**
   * The task with those of the runs counted to whose instants it does not come again; null, and nothing is counted, when
   * it has been changed again meanwhile.
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
}
