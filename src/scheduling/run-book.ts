import { Injectable } from '@nestjs/common';
import type { Run } from '../domain/run.js';

/** Knows which runs of each task have begun here and not finished: until they leave, their task counts as busy. */
@Injectable()
export class RunBook {
  private readonly byTask = new Map<string, Map<string, Run>>();
  private readonly leaveListeners: ((run: Run) => void)[] = [];

  /** Calls `listener` for each run that this instance is done with, begun or not. */
  onLeft(listener: (run: Run) => void): void {
    this.leaveListeners.push(listener);
  }

  enter(run: Run): void {
    const runs = this.byTask.get(run.taskId);
    if (runs) runs.set(run.id, run);
    else this.byTask.set(run.taskId, new Map([[run.id, run]]));
  }

  leave(run: Run): void {
    const runs = this.byTask.get(run.taskId);
    if (runs?.delete(run.id) && runs.size === 0) this.byTask.delete(run.taskId);
    for (const listener of this.leaveListeners) listener(run);
  }

  /** The begun and unfinished runs of a task, other than `exceptId`. */
  begunOf(taskId: string, exceptId: string): Run[] {
    const runs = this.byTask.get(taskId);
    return runs ? [...runs.values()].filter(({ id }) => id !== exceptId) : [];
  }

  clear(): void {
    this.byTask.clear();
  }
}
