import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { Assignment } from './assignment.js';
import { RunSettlement } from './run-settlement.js';

/**
 * How long an attempt is under way before its run is written as running (ms): most end before that and need one write
 * less.
 */
const MARK_AFTER_MS = 20;

/** Writes runs as running if their attempts do not end within a moment. */
@Injectable()
export class RunningMarks {
  private unmarked: Assignment[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly settlement: RunSettlement,
  ) {}

  markSoon(assignment: Assignment): void {
    if (this.unmarked.push(assignment) === 1) this.clock.after(MARK_AFTER_MS, () => this.mark());
  }

  private mark(): void {
    const unmarked = this.unmarked.filter(({ hasEnded }) => !hasEnded);
    this.unmarked = [];
    for (const { run, task, log } of unmarked) {
      this.settlement.save(run, task).catch((error: unknown) => this.settlement.report(run, error));
      log.flushSoon();
    }
  }
}
