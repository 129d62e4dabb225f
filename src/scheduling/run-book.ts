import { Injectable } from '@nestjs/common';
import type { Run } from '../domain/run.js';
import { goesAhead } from './overlap-rule.js';

/**
 * Knows which runs of each task have begun and not finished, here or before they were taken over: until they leave, their
 * task counts as busy.
 */
@Injectable()
export class RunBook {
  /** Of most tasks there is one run at a time, which needs no map of its own. */
  private readonly byTask = new Map<string, Run | Map<string, Run>>();
  private readonly leaveListeners: ((run: Run) => void)[] = [];

  /** Calls `listener` for each run that this instance is done with, begun or not. */
  onLeft(listener: (run: Run) => void): void {
    this.leaveListeners.push(listener);
  }

  enter(run: Run): void {
    const known = this.byTask.get(run.taskId);
    if (known instanceof Map) known.set(run.id, run);
    else this.byTask.set(run.taskId, known && known.id !== run.id ? mapOf(known, run) : run);
  }

  /** What has begun anew here under the same id stays: this may be the end of a former self's attempt. */
  leave(run: Run): void {
    const known = this.byTask.get(run.taskId);
    if (known instanceof Map && known.get(run.id) === run) known.delete(run.id);
    if (known instanceof Map ? known.size === 0 : known === run) this.byTask.delete(run.taskId);
    for (const listener of this.leaveListeners) listener(run);
  }

  /** The begun and unfinished runs of a task, other than `exceptId`. */
  begunOf(taskId: string, exceptId: string): Run[] {
    const known = this.byTask.get(taskId);
    if (!known) return [];
    return (known instanceof Map ? [...known.values()] : [known]).filter(({ id }) => id !== exceptId);
  }

  /** Those of them in the way of a run of the task that has yet to begin here: of those taken over, what goes first. */
  inTheWayOf(run: Run): Run[] {
    const begun = this.begunOf(run.taskId, run.id);
    return begun.filter((other) => other.state !== 'pending' || goesAhead(other, run));
  }

  /** Whether the run, or one of its id, has begun and not finished. */
  has({ id, taskId }: Pick<Run, 'id' | 'taskId'>): boolean {
    const known = this.byTask.get(taskId);
    return known instanceof Map ? known.has(id) : known?.id === id;
  }

  clear(): void {
    this.byTask.clear();
  }
}

const mapOf = (...runs: Run[]): Map<string, Run> => new Map(runs.map((run) => [run.id, run]));
