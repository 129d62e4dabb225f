import { Injectable } from '@nestjs/common';
import { ArmedRuns } from './armed-runs.js';
import { AttemptAbort } from './attempt-end.js';
import { Attempts } from './attempts.js';
import { Handback } from './handback.js';
import { Outfitter } from './outfitter.js';
import { OverlapQueue } from './overlap-queue.js';
import { RunSettlement } from './run-settlement.js';

/** Cancels runs that this instance holds, wherever they stand. */
@Injectable()
export class Cancellation {
  constructor(
    private readonly attempts: Attempts,
    private readonly armed: ArmedRuns,
    private readonly outfitter: Outfitter,
    private readonly queue: OverlapQueue,
    private readonly handback: Handback,
    private readonly settlement: RunSettlement,
  ) {}

  /** Resolves once the run has ended and is written; to false when this instance holds none of that id. */
  async cancel(runId: string, reason: string): Promise<boolean> {
    if (this.attempts.abort(runId, new AttemptAbort('cancel', reason))) {
      await this.attempts.ended(runId);
      return true;
    }
    const waiting = this.armed.take(runId) ?? this.queue.take(runId) ?? this.outfitter.take(runId);
    const held = waiting ?? (await this.handback.takeBack(runId));
    if (!held) return false;
    await this.settlement.close(held, 'cancel', reason);
    return true;
  }
}
