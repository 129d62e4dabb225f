import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { isFinished, type Run } from '../../domain/run.js';
import { RunSettlement } from './run-settlement.js';

/** How long a run waits before that is written (ms): most go on before that and need no write. */
const MARK_AFTER_MS = 20;

/**
 * Records in the store that runs which wait for others, for units or for a slot have not begun, so that they do not
 * count as begun if this instance dies. Before they may begin, they are written once more.
 */
@Injectable()
export class WaitingMarks {
  private unmarked: Run[] = [];
  private readonly over = new WeakSet<Run>();
  private readonly writing = new Map<string, Promise<unknown>>();

  constructor(
    private readonly clock: Clock,
    private readonly settlement: RunSettlement,
  ) {}

  /** Notes that the run, held by this instance, does not begin until it is resumed. */
  putOff(run: Run): void {
    if (run.putOff) return;
    run.putOff = true;
    if (this.unmarked.push(run) === 1) this.clock.after(MARK_AFTER_MS, () => this.mark());
  }

  /** Writes a run that is put off as it is; resolves to whether it was accepted. */
  write(run: Run): Promise<boolean> {
    const written: Promise<boolean> = this.settlement.save(run).finally(() => {
      if (this.writing.get(run.id) === written) this.writing.delete(run.id);
    });
    this.writing.set(run.id, written);
    return written;
  }

  /**
   * Writes the run as it is, for the last time: nothing more is written of it by this object, and whoever goes on with it
   * reads it anew, unless this fails or the run goes on. Resolves to whether it was accepted.
   */
  async writeLast(run: Run): Promise<boolean> {
    run.putOff = true;
    this.over.add(run);
    try {
      return await this.write(run);
    } catch (error) {
      this.over.delete(run);
      throw error;
    }
  }

  /** Whether it was written for the last time. */
  isOver(run: Run): boolean {
    return this.over.has(run);
  }

  /** The run goes on: resolves once no write that says otherwise can reach the store any more. */
  async resume(run: Run): Promise<void> {
    run.putOff = false;
    this.over.delete(run);
    await this.writing.get(run.id)?.catch(() => undefined);
  }

  private mark(): void {
    const waiting = this.unmarked.filter((run) => run.putOff && !isFinished(run.state) && !this.over.has(run));
    this.unmarked = [];
    for (const run of waiting) this.write(run).catch((error: unknown) => this.settlement.report(run, error));
  }
}
