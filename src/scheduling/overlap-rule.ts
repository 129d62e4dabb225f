import { Injectable } from '@nestjs/common';
import type { Run } from '../domain/run.js';
import { LockManager } from '../locking/lock-manager.js';
import type { HeldRun } from './held-run.js';
import { RunStore } from './run.store.js';

/** Whether a run has begun and not finished: only then does it stand in the way of another one of its task. */
export const hasBegun = (run: Run): boolean => run.state !== 'pending' || run.attempts.length > 0;

/** Finds what stands in the way of a run: unfinished runs of the same task, where its overlap policy minds them. */
@Injectable()
export class OverlapRule {
  /** Tasks of which another instance was seen to work on a run. */
  private readonly busyElsewhere = new Set<string>();

  constructor(
    private readonly runs: RunStore,
    private readonly locks: LockManager,
  ) {}

  /** Looks which of the tasks of these runs other instances are working on, in one query. */
  async lookAround(held: readonly HeldRun[]): Promise<void> {
    const minding = held.filter(({ task }) => task.definition.overlap !== 'allow').map(({ task }) => task.id);
    if (minding.length === 0) return;
    for (const taskId of minding) this.busyElsewhere.delete(taskId);
    for (const run of await this.runs.unfinishedOf([...new Set(minding)])) {
      if (this.isElsewhere(run)) this.busyElsewhere.add(run.taskId);
    }
  }

  /** The runs in the way among those begun here; an empty list when the store has to be asked; null for none. */
  blocking({ run, task }: HeldRun, begunHere: () => Run[]): Run[] | null {
    if (task.definition.overlap === 'allow' || hasBegun(run)) return null;
    const begun = begunHere();
    if (begun.length > 0) return begun;
    return this.busyElsewhere.has(task.id) ? [] : null;
  }

  /** The runs in the way that other instances work on. */
  async elsewhere({ task }: HeldRun): Promise<Run[]> {
    const others = (await this.runs.unfinishedOf([task.id])).filter((run) => this.isElsewhere(run));
    if (others.length === 0) this.busyElsewhere.delete(task.id);
    return others;
  }

  /** Asks whichever instance works on the run to cancel it. */
  async cancelElsewhere(organization: string, runId: string): Promise<void> {
    await this.runs.requestCancel(organization, runId);
  }

  private isElsewhere(run: Run): boolean {
    return run.owner !== null && run.owner !== this.locks.owner && hasBegun(run);
  }
}
