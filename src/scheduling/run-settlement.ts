import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { StoreUnavailableError } from '../domain/errors.js';
import { messageOf } from '../domain/thrown.js';
import { withoutDetails } from './without-details.js';
import { isFinished, type Run, type RunProgress } from '../domain/run.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { AttemptOutcome, progressOf } from './attempt-outcome.js';
import { Handback } from './handback.js';
import type { HeldRun } from './held-run.js';
import { obstacleOf } from './obstacle.js';
import { RunBook } from './run-book.js';
import { RunWriter } from './run-writer.js';
import type { RunIncident } from './schedule-status-evaluator.js';

/** Writes what has become of runs, and sees to what follows from it. */
@Injectable()
export class RunSettlement {
  private readonly logger = new Logger(RunSettlement.name);

  constructor(
    private readonly clock: Clock,
    private readonly writer: RunWriter,
    private readonly outcome: AttemptOutcome,
    private readonly book: RunBook,
    private readonly handback: Handback,
    private readonly events: LifecycleEvents,
  ) {}

  /** Writes the progress of a run and, if it was accepted, tells of it. */
  async settle({ run, task }: HeldRun, progress: RunProgress): Promise<void> {
    const accepted = await this.write(run, progress);
    if (accepted) Object.assign(run, progress);
    else this.logger.warn(`Run ${run.id}: attempt ${run.attempt} is not ours any more; its result is dropped.`);
    if (!accepted || run.owner === null || isFinished(run.state)) this.book.leave(run);
    if (!accepted) return;
    if (isFinished(run.state)) return this.events.emit('run.finished', { run, task });
    if (run.state === 'retrying') this.events.emit('run.retrying', { run, task });
    if (run.owner !== null) this.handback.again(run);
  }

  /** Writes the run as it stands; tells whether it was accepted. */
  save(run: Run): Promise<boolean> {
    return this.write(run, progressOf(run));
  }

  /** Ends a held run that does not get an attempt, and says why. */
  async close(held: HeldRun, incident: RunIncident, reason: string): Promise<void> {
    await this.settle(held, this.outcome.closed(held.run, incident, reason, this.clock.now()));
  }

  /** Records what keeps the run, which has no place, from an attempt. */
  endUnstarted(held: HeldRun): void {
    const obstacle = obstacleOf(held, this.clock.now());
    if (!obstacle) return;
    void this.close(held, obstacle.incident, obstacle.reason).catch((error: unknown) => this.report(held.run, error));
  }

  /** Hands a held run to whoever wants it next; where that cannot be written, recovery does. */
  async giveBack(run: Run): Promise<void> {
    try {
      await this.write(run, this.outcome.givenBack(run, this.clock.now()));
    } catch (error) {
      this.report(run, error);
    }
  }

  /** Tells of a run of which something could not be written. */
  report(run: Run, error: unknown): void {
    this.logger.error(
      `Run ${run.id} could not be brought to its end, and is left to recovery: ${(error as Error).message}`,
    );
  }

  /** What cannot be stored as it is, is stored as far as it can be: a run has to come to its end. */
  private async write({ id, owner, attempt }: Run, progress: RunProgress): Promise<boolean> {
    const expected = { owner, attempt };
    try {
      return await this.writer.update({ id, expected, progress });
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      this.logger.error(
        `Run ${id} cannot be stored as it ended, and is stored without the details: ${messageOf(error)}`,
      );
      return this.writer.update({ id, expected, progress: withoutDetails(progress, messageOf(error, 500)) });
    }
  }
}
