import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Assignment } from './assignment.js';
import { RunSettlement } from './run-settlement.js';

/** How long an attempt is under way before its run is written as running: most are over by then and need one write less. */
const MARK_AFTER_MS = 20;

/** Writes runs as running whose attempts are not over within a moment. */
@Injectable()
export class RunningMarks {
  private readonly unmarked = new Set<Assignment>();
  private marking = false;

  constructor(
    private readonly clock: Clock,
    private readonly settlement: RunSettlement,
  ) {}

  markSoon(assignment: Assignment): void {
    this.unmarked.add(assignment);
    if (this.marking) return;
    this.marking = true;
    this.clock.after(MARK_AFTER_MS, () => this.mark());
  }

  forget(assignment: Assignment): void {
    this.unmarked.delete(assignment);
  }

  clear(): void {
    this.unmarked.clear();
  }

  private mark(): void {
    this.marking = false;
    for (const { run, log } of this.unmarked) {
      this.settlement.save(run).catch((error: unknown) => this.settlement.report(run, error));
      log.flushSoon();
    }
    this.unmarked.clear();
  }
}
