import { Injectable } from '@nestjs/common';
import { EngineState } from '../holding/engine-state.js';
import { HeldRuns } from '../holding/held-runs.js';
import type { Hold } from '../holding/hold.js';
import { RunSettlement } from '../holding/run-settlement.js';
import { AttemptAbort } from '../planning/attempt-end.js';
import { Attempts } from './attempts.js';
import { Resumption } from './resumption.js';

/** Cancels runs that this instance holds, in whatever phase they are. */
@Injectable()
export class Cancellation {
  constructor(
    private readonly held: HeldRuns,
    private readonly attempts: Attempts,
    private readonly resumption: Resumption,
    private readonly settlement: RunSettlement,
    private readonly engine: EngineState,
  ) {}

  /**
   * Resolves to true once the run has ended and this is written; to false when this instance holds no run with this id.
   */
  async cancel(runId: string, reason: string): Promise<boolean> {
    if (this.attempts.abort(runId, new AttemptAbort('cancel', reason))) {
      await this.attempts.ended(runId);
      return true;
    }
    const hold = this.held.get(runId);
    // A run that is being claimed is not certainly ours, and a run that is ending needs no other end.
    if (!hold || hold.phase === 'claiming' || hold.phase === 'ending') return false;
    if (hold.phase === 'ready' && !(await this.takeBack(hold))) return false;
    await this.settlement.close(hold, 'cancel', reason);
    return true;
  }

  /** Confirms that a run which waits for its time is this instance's; resolves to whether it is. */
  private async takeBack(hold: Hold): Promise<boolean> {
    const { run } = hold;
    this.held.move(hold, 'ending');
    try {
      const [ours] = await this.resumption.resume([run]);
      if (!ours) this.held.leave(hold);
      // It may have been lost with the lock meanwhile.
      if (!ours || !this.held.isIn('ending', hold)) return false;
      hold.know(ours);
      return true;
    } catch (error) {
      // It is unknown whether the run is still ours, and nobody else would go on with it.
      this.engine.doubt();
      this.held.putBack(hold);
      throw error;
    }
  }
}
