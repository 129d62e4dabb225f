import { Injectable, Logger } from '@nestjs/common';
import { Alarm } from '../clock/alarm.js';
import { Clock } from '../clock/clock.js';
import { DueHeap } from './due-heap.js';
import type { HeldRun } from './held-run.js';
import { Neighbours } from './neighbours.js';
import { LOOK_AHEAD_MS, OverlapRule } from './overlap-rule.js';

/**
 * Looks, shortly before armed runs are due, whether another instance has begun a run of the same task since they were
 * armed: one query for all that are due together, and none where there is no other instance.
 */
@Injectable()
export class Lookout {
  private readonly ahead = new DueHeap<HeldRun>();
  private readonly alarm: Alarm;
  private readonly logger = new Logger(Lookout.name);

  constructor(
    private readonly clock: Clock,
    private readonly overlap: OverlapRule,
    private readonly neighbours: Neighbours,
  ) {
    this.alarm = new Alarm(clock, () => void this.look());
  }

  /** Minds a run that has been armed. What is due sooner than the look would be was looked at when it was claimed. */
  watch(held: HeldRun): void {
    const at = held.run.dueAt - LOOK_AHEAD_MS;
    if (!this.neighbours.any || held.task.definition.overlap === 'allow' || at <= this.clock.now()) return;
    this.ahead.set(held.run.id, at, held);
    this.alarm.set(this.ahead.nextDueAt());
  }

  forget(runId: string): void {
    this.ahead.delete(runId);
  }

  clear(): void {
    this.ahead.clear();
    this.alarm.off();
  }

  private async look(): Promise<void> {
    const due = this.ahead.popDue(this.clock.now());
    this.alarm.set(this.ahead.nextDueAt());
    try {
      await this.overlap.lookAround(due);
    } catch (error) {
      this.logger.warn(`Other instances' runs could not be looked for: ${(error as Error).message}`);
    }
  }
}
