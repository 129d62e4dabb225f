import { Injectable } from '@nestjs/common';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { HeldRuns } from '../holding/held-runs.js';
import { StartLimit } from '../holding/start-limit.js';
import { ArmedElsewhere } from '../overlap/armed-elsewhere.js';
import { RunStore } from '../ports/run.store.js';
import { BegunRuns, claimedBefore, MOST_AHEAD_MS } from './begun-runs.js';

/**
 * What was claimed of a task before it was paused. Whoever paused it has it taken back, unless that instance died, or
 * lost the store, in the middle. The end of the pause accounts for its occurrences, so it has to know what became of it.
 */
@Injectable()
export class FormerClaims {
  constructor(
    private readonly runs: RunStore,
    private readonly held: HeldRuns,
    private readonly armedElsewhere: ArmedElsewhere,
    private readonly begun: BegunRuns,
    private readonly limit: StartLimit,
  ) {}

  /**
   * Withdraws what was claimed before the pause and nobody can start at once any more, such as the dead held. Resolves to
   * whether nothing is left that has not begun; if not, the task has to be read again.
   */
  async settle(task: Task): Promise<boolean> {
    const open = (await this.of(task)).filter((run) => !this.held.hasBegun(run));
    if (open.length === 0) return true;
    const mayStart = open.some((run) => this.mayStartHere(run));
    if (mayStart || (await this.armedElsewhere.amongChanged([task])).size > 0) return false;
    const limits = await this.limit.ofOwners(open);
    const withdrawn = await this.begun.withdraw(open, new Map([[task.id, task]]), limits);
    return withdrawn.size === open.length && task.definition.maxRuns === undefined;
  }

  /** The paused task from the instant on up to which its runs have begun or ended. */
  async leaveOut(task: Task): Promise<Task> {
    const begun = (await this.of(task)).filter((run) => this.held.hasBegun(run));
    return { ...task, since: Math.max(task.since, ...begun.map(({ scheduledFor }) => scheduledFor)) };
  }

  private of(task: Task): Promise<Run[]> {
    const before = task.since + MOST_AHEAD_MS + (task.definition.spreadMs ?? 0);
    return claimedBefore(this.runs, task, { from: task.since + 1, before });
  }

  private mayStartHere({ id }: Run): boolean {
    const hold = this.held.get(id);
    return hold !== undefined && ['claiming', 'armed', 'starting'].includes(hold.phase);
  }
}
