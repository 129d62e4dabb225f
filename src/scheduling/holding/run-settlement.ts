import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import { isFinished, type Run, type RunProgress } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { messageOf } from '../../domain/thrown.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import type { HeldRun } from '../planning/held-run.js';
import { obstacleOf } from '../planning/obstacle.js';
import { ProgressPlanner } from '../planning/progress-planner.js';
import { progressOf, withoutDetails } from '../planning/run-progress.js';
import type { RunIncident } from '../planning/schedule-status-evaluator.js';
import type { About } from '../planning/run-steps.js';
import { changeOf } from '../ports/run.store.js';
import { HeldRuns } from './held-runs.js';
import type { Hold } from './hold.js';
import { RunPayloads } from './run-payloads.js';
import { RunWriter } from './run-writer.js';

/** Writes what has become of runs, and triggers what follows from it. */
@Injectable()
export class RunSettlement {
  private readonly logger = new Logger(RunSettlement.name);

  constructor(
    private readonly clock: Clock,
    private readonly writer: RunWriter,
    private readonly planner: ProgressPlanner,
    private readonly held: HeldRuns,
    private readonly events: LifecycleEvents,
    private readonly payloads: RunPayloads,
  ) {}

  /** Writes the progress of a run and, if it was accepted, announces it. */
  async settle(hold: Hold, { run, task }: HeldRun, progress: RunProgress): Promise<void> {
    let accepted: boolean;
    try {
      accepted = await this.write({ run, task }, progress);
    } catch (error) {
      this.held.lose(hold);
      throw error;
    }
    if (accepted) Object.assign(run, progress);
    else this.logger.warn(`Run ${run.id}: attempt ${run.attempt} is not ours any more; its result is dropped.`);
    if (!accepted || run.owner === null || isFinished(run.state)) this.held.leave(hold);
    if (!accepted) return;
    if (isFinished(run.state)) return this.events.emit('run.finished', { run, task });
    if (run.state === 'retrying') {
      this.events.emit('run.retrying', { run, task });
      // It is stored; runs that wait for their retry must not fill the memory with it.
      run.output = null;
    }
    if (run.owner !== null) this.held.putBack(hold);
  }

  /** Writes the run, whose task is needed only while it runs, as it is; resolves to whether it was accepted. */
  save(run: Run, task?: Task): Promise<boolean> {
    return this.write({ run, task }, progressOf(run));
  }

  /** Ends a held run that does not get an attempt, in whatever phase it is, and says why. */
  async close(hold: Hold, incident: RunIncident, reason: string): Promise<void> {
    const progress = this.planner.closed(hold.run, incident, reason, this.clock.now());
    if (hold.phase !== 'ending') this.held.move(hold, 'ending');
    // For those who hear of the end. A store that is away must not cost the run its end.
    if (hold.run.payloadInStore !== undefined) await this.payloads.restore([hold.run]).catch(() => undefined);
    await this.settle(hold, hold, progress);
  }

  /** Ends a held run if something keeps it from its attempt for good; returns whether it did. */
  endHindered(hold: Hold): boolean {
    const obstacle = obstacleOf(hold, this.clock.now());
    if (!obstacle) return false;
    void this.close(hold, obstacle.incident, obstacle.reason).catch((error: unknown) => this.report(hold.run, error));
    return true;
  }

  /** Gives a held run to whichever instance wants it next; if that cannot be written, recovery does it. */
  async giveBack(hold: Hold): Promise<void> {
    const { run } = hold;
    this.held.move(hold, 'ending');
    try {
      const task = hold.taskId === undefined ? undefined : hold.task;
      await this.write({ run, task }, this.planner.givenBack(run, this.clock.now()));
      this.held.leave(hold);
    } catch (error) {
      this.held.lose(hold);
      this.report(run, error);
    }
  }

  /** Logs that something about a run could not be written. */
  report(run: Run, error: unknown): void {
    this.logger.error(
      `Run ${run.id} could not be brought to its end, and is left to recovery: ${(error as Error).message}`,
    );
  }

  /** What cannot be stored as it is, is stored without its details: every run has to come to its end. */
  private async write({ run, task }: About, progress: RunProgress): Promise<boolean> {
    const { id } = run;
    const change = changeOf(run, progress);
    const about = { run, task };
    try {
      return await this.writer.update(change, about);
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      this.logger.error(
        `Run ${id} cannot be stored as it ended, and is stored without the details: ${messageOf(error)}`,
      );
      return this.writer.update({ ...change, progress: withoutDetails(progress, messageOf(error, 500)) }, about);
    }
  }
}
