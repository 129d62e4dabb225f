import type { Run } from '../domain/run.js';
import type { Assignment } from './attempt-runner.js';

/** The unfinished runs that this instance holds, and which of them is at what. */
export class RunBook {
  /** Attempts under way, by run id. */
  readonly active = new Map<string, Assignment>();
  private readonly byTask = new Map<string, Map<string, Run>>();

  /** Notes that the run has begun: until it leaves, its task counts as busy. */
  enter(run: Run): void {
    const runs = this.byTask.get(run.taskId);
    if (runs) runs.set(run.id, run);
    else this.byTask.set(run.taskId, new Map([[run.id, run]]));
  }

  leave(run: Pick<Run, 'id' | 'taskId'>): void {
    const runs = this.byTask.get(run.taskId);
    if (runs?.delete(run.id) && runs.size === 0) this.byTask.delete(run.taskId);
  }

  /** The begun and unfinished runs of a task, other than `exceptId`. */
  begunOf(taskId: string, exceptId: string): Run[] {
    const runs = this.byTask.get(taskId);
    return runs ? [...runs.values()].filter(({ id }) => id !== exceptId) : [];
  }

  /** Empties the book; what is under way goes on until it notices. */
  clear(): void {
    this.active.clear();
    this.byTask.clear();
  }
}
