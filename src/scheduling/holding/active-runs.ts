import { Injectable } from '@nestjs/common';
import type { Run } from '../../domain/run.js';
import { goesAhead } from '../planning/precedence.js';
import { HeldRuns } from './held-runs.js';

/** An action that goes on here although its attempt was ended, and whether its run has left meanwhile. */
interface GoingOn {
  run: Run;
  hasLeft: boolean;
}

/**
 * Knows which runs of each task have begun and not finished, whether they began here or before a takeover. Until they
 * leave, their task counts as busy; a run whose action ignores that it was told to end leaves when the action ends.
 */
@Injectable()
export class ActiveRuns {
  /** Most tasks have one such run at a time, which needs no map of its own. */
  private readonly byTask = new Map<string, Run | Map<string, Run>>();
  /** By the id of the run. */
  private readonly goingOn = new Map<string, GoingOn>();
  private readonly endListeners: ((run: Run) => void)[] = [];

  constructor(private readonly held: HeldRuns) {
    held.onLeft((run) => this.leave(run));
  }

  enter(run: Run): void {
    const known = this.byTask.get(run.taskId);
    if (known instanceof Map) known.set(run.id, run);
    else this.byTask.set(run.taskId, known && known.id !== run.id ? mapOf(known, run) : run);
  }

  /**
   * A run that began again here under the same id stays: this may be the end of an attempt from before the lock was
   * lost.
   */
  leave(run: Run): void {
    const goingOn = this.goingOn.get(run.id);
    if (goingOn) goingOn.hasLeft = true;
    else this.drop(run);
  }

  /** Keeps a run, whose attempt was ended, in the way until its action ends. */
  keepUntil(end: Promise<unknown>, run: Run): void {
    const goingOn = { run, hasLeft: false };
    this.goingOn.set(run.id, goingOn);
    this.held.keepPlaces(run.id, end);
    const over = () => {
      if (this.goingOn.get(run.id) === goingOn) this.goingOn.delete(run.id);
      if (goingOn.hasLeft) this.drop(run);
      for (const listener of this.endListeners) listener(run);
    };
    end.then(over, over);
  }

  /** Whether an action of this run goes on although its attempt was ended: the next attempt has to wait. */
  goesOn(runId: string): boolean {
    return this.goingOn.has(runId);
  }

  /** Calls `listener` when an action ends that had gone on after its attempt. */
  onActionEnd(listener: (run: Run) => void): void {
    this.endListeners.push(listener);
  }

  private drop(run: Run): void {
    const known = this.byTask.get(run.taskId);
    if (known instanceof Map && known.get(run.id) === run) known.delete(run.id);
    if (known instanceof Map ? known.size === 0 : known === run) this.byTask.delete(run.taskId);
  }

  /** The begun and unfinished runs of a task, other than `exceptId`. */
  begunOf(taskId: string, exceptId: string): Run[] {
    const known = this.byTask.get(taskId);
    if (!known) return [];
    return (known instanceof Map ? [...known.values()] : [known]).filter(({ id }) => id !== exceptId);
  }

  /**
   * The begun runs in the way of a run of the task that has yet to begin here; of those taken over, only those that go
   * first.
   */
  inTheWayOf(run: Run): Run[] {
    const begun = this.begunOf(run.taskId, run.id);
    return begun.filter((other) => other.state !== 'pending' || goesAhead(other, run));
  }

  /** Whether this run, or another with its id, has begun and not finished. */
  has({ id, taskId }: Pick<Run, 'id' | 'taskId'>): boolean {
    const known = this.byTask.get(taskId);
    return known instanceof Map ? known.has(id) : known?.id === id;
  }

  /** Forgets what other instances take over; an action that goes on here stays in the way here. */
  clear(): void {
    this.byTask.clear();
    for (const goingOn of this.goingOn.values()) {
      goingOn.hasLeft = true;
      this.enter(goingOn.run);
    }
  }
}

const mapOf = (...runs: Run[]): Map<string, Run> => new Map(runs.map((run) => [run.id, run]));
