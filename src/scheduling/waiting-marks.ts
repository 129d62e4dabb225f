import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { isFinished, type Run } from '../domain/run.js';
import { RunSettlement } from './run-settlement.js';

/** How long a run waits before that is written: most go on by then and need no write. */
const MARK_AFTER_MS = 20;

/**
 * Writes of runs that have to wait for others, for units or for a place that they have not begun, so that they are not
 * taken for begun should this instance die; before they may begin, they are written once more.
 */
@Injectable()
export class WaitingMarks {
  private unmarked: Run[] = [];
  private readonly writing = new Map<string, Promise<unknown>>();

  constructor(
    private readonly clock: Clock,
    private readonly settlement: RunSettlement,
  ) {}

  /** The run, held by this instance, begins no more until it is resumed. */
  putOff(run: Run): void {
    if (run.putOff) return;
    run.putOff = true;
    if (this.unmarked.push(run) === 1) this.clock.after(MARK_AFTER_MS, () => this.mark());
  }

  /** Writes a run that is put off as it stands; tells whether it was accepted. */
  write(run: Run): Promise<boolean> {
    const written: Promise<boolean> = this.settlement.save(run).finally(() => {
      if (this.writing.get(run.id) === written) this.writing.delete(run.id);
    });
    this.writing.set(run.id, written);
    return written;
  }

  /** The run goes on: resolves once nothing that says otherwise can reach the store any more. */
  async resume(run: Run): Promise<void> {
    run.putOff = false;
    await this.writing.get(run.id)?.catch(() => undefined);
  }

  private mark(): void {
    const waiting = this.unmarked.filter(({ putOff, state }) => putOff && !isFinished(state));
    this.unmarked = [];
    for (const run of waiting) this.write(run).catch((error: unknown) => this.settlement.report(run, error));
  }
}
