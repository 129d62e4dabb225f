import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { messageOf } from '../../domain/thrown.js';
import type { Assignment } from '../holding/assignment.js';
import { heartbeatSpacingMs } from '../planning/heartbeat-spacing.js';
import { AttemptAbort, type AttemptEnd } from '../planning/attempt-end.js';
import { heartbeatTimeoutOf } from '../planning/obstacle.js';
import { RunReads } from '../ports/run.reads.js';

/** Waits for call-backs, and ends an attempt that gives no sign of life for longer than its task allows. */
@Injectable()
export class CallBackWait {
  private readonly logger = new Logger(CallBackWait.name);
  private handsOver = false;

  constructor(
    private readonly clock: Clock,
    private readonly runs: RunReads,
  ) {}

  /** How the attempt ends that has nothing left but its call-back to come. */
  async of(assignment: Assignment): Promise<AttemptEnd> {
    assignment.isWaiting = true;
    assignment.heardAt = this.clock.now();
    if (this.handsOver) this.handOver(assignment);
    const timeoutMs = heartbeatTimeoutOf(assignment.task);
    if (timeoutMs !== null) this.listen(assignment, timeoutMs);
    return assignment.callback.promise;
  }

  /** Leaves these waits, and those that begin from now on, to whichever instance takes them over. */
  handOverAll(assignments: readonly Assignment[]): void {
    this.handsOver = true;
    for (const assignment of assignments) if (assignment.isWaiting) this.handOver(assignment);
  }

  private handOver({ aborter }: Assignment): void {
    aborter.abort(new AttemptAbort('hand-over', 'The instance is shutting down; another one goes on waiting.'));
  }

  /** Looks for a heartbeat whenever the last known one is too old. */
  private listen(assignment: Assignment, timeoutMs: number): void {
    const lateAt = assignment.heardAt + timeoutMs + heartbeatSpacingMs(timeoutMs);
    const timer = this.clock.at(lateAt, () => void this.look(assignment, timeoutMs));
    void assignment.ended.promise.then(() => timer.cancel());
  }

  private async look(assignment: Assignment, timeoutMs: number): Promise<void> {
    if (assignment.hasEnded) return;
    const heardAt = Math.max(assignment.heardAt, await this.storedAt(assignment));
    if (heardAt + timeoutMs > this.clock.now()) {
      assignment.heardAt = heardAt;
      return this.listen(assignment, timeoutMs);
    }
    assignment.aborter.abort(new AttemptAbort('heartbeat', `No heartbeat came for ${timeoutMs} ms.`));
  }

  /** When another instance took the last heartbeat; now, while the store cannot be asked. */
  private async storedAt({ run }: Assignment): Promise<number> {
    try {
      const { heartbeat } = (await this.runs.get(run.organization, run.id)) ?? {};
      return heartbeat?.attempt === run.attempt ? heartbeat.at : 0;
    } catch (error) {
      this.logger.warn(`The last heartbeat of the run ${run.id} could not be read: ${messageOf(error)}`);
      return this.clock.now();
    }
  }
}
