import { Injectable, Logger } from '@nestjs/common';
import { Alarm } from '../../clock/alarm.js';
import { Clock } from '../../clock/clock.js';
import { DueHeap } from '../queues/due-heap.js';
import type { HeldRun } from '../planning/held-run.js';
import { Neighbours } from '../../cluster/neighbours.js';
import { LOOK_AHEAD_MS, OverlapRule } from './overlap-rule.js';

/**
 * Checks, shortly before armed runs are due, whether another instance has begun a run of the same task since they were
 * armed: with one query for all that are due together, and none when there is no other instance.
 */
@Injectable()
export class OverlapLookahead {
  private readonly ahead = new DueHeap<HeldRun>();
  private readonly alarm: Alarm;
  private readonly logger = new Logger(OverlapLookahead.name);

  constructor(
    private readonly clock: Clock,
    private readonly overlap: OverlapRule,
    private readonly neighbours: Neighbours,
  ) {
    this.alarm = new Alarm(clock, () => void this.look());
  }

  /** Watches an armed run. A run that is due before this check would be was checked when it was claimed. */
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
