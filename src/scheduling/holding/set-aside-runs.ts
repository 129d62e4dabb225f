import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import type { Task } from '../../domain/task.js';
import { messageOf } from '../../domain/thrown.js';
import { HeldRuns } from './held-runs.js';
import type { Hold } from './hold.js';
import { SetAside } from './set-aside.js';

/** How long a run waits that could not start because the store did not answer (ms). */
const STORE_MS = 1000;
/** How long a run waits whose end cannot be written (ms). */
const END_MS = 60_000;

/**
 * Claimed runs whose start failed before their attempt: something that it needs cannot be computed, or it cannot be
 * written. Each of them waits on its own, with its task set aside, and comes again; what starts beside it starts.
 */
@Injectable()
export class SetAsideRuns {
  private readonly logger = new Logger(SetAsideRuns.name);

  constructor(
    private readonly clock: Clock,
    private readonly held: HeldRuns,
    private readonly aside: SetAside,
  ) {}

  /** Takes a step of a run's start; if the step throws, the run is set aside. */
  alone(hold: Hold, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.note(hold, hold.task, error);
    }
  }

  /** Sets the run and its task aside because of the error; the run comes again when its task is tried again. */
  note(hold: Hold, task: Task, error: unknown): void {
    const now = this.clock.now();
    if (!(error instanceof StoreUnavailableError)) this.aside.note(task, error);
    const at = this.aside.of(task.id)?.retryAt ?? now + STORE_MS;
    if (hold.phase === 'claiming' || hold.phase === 'starting') this.held.comeAgain(hold, at);
  }

  /** Lets a run come again much later whose end cannot be written. */
  putOff(hold: Hold | undefined, error: unknown): void {
    if (hold?.phase !== 'claiming') return;
    this.logger.error(`Run ${hold.run.id} cannot be ended, and is tried again later: ${messageOf(error)}`);
    this.held.comeAgain(hold, this.clock.now() + END_MS);
  }
}
