import { Injectable, Logger } from '@nestjs/common';
import { SharedWork } from '../batching/shared-work.js';
import { Clock } from '../clock/clock.js';
import { inTurns, Turns } from '../clock/turns.js';
import { Allowance } from '../domain/budget.js';
import { messageOf } from '../domain/thrown.js';
import { TaskTimes } from '../ledger/task-times.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { newestTasks } from './newest-tasks.js';
import { changesAhead, type ZoneChange } from './changes-ahead.js';

const DAY_MS = 86_400_000;
/** How many active tasks are looked at, the newest first, and how many steps all of them may take. */
export const MOST_TASKS = 2000;
const MOST_STEPS = 2_000_000;
/** How many changes are told. */
export const MOST_CHANGES = 200;

/** The coming clock changes of the zones that the tasks of an organization use. Epoch ms. */
export interface ClockChangesAhead {
  from: number;
  to: number;
  /** Soonest first, with the tasks that have an occurrence in what is left out or repeated. */
  items: ZoneChange[];
  /** How many tasks were looked at, and whether there is more than was. */
  looked: number;
  truncated: boolean;
}

/** Tells what coming clock changes do to occurrences, before they do it. */
@Injectable()
export class ClockChanges {
  private readonly shared = new SharedWork<ClockChangesAhead>();
  private readonly logger = new Logger(ClockChanges.name);

  constructor(
    private readonly tasks: TaskReads,
    private readonly times: TaskTimes,
    private readonly turns: Turns,
    private readonly clock: Clock,
  ) {}

  /** Those of the next days, for the newest active tasks, `most` of them at most. */
  of(organization: string, days: number, most = MOST_TASKS): Promise<ClockChangesAhead> {
    return this.shared.of(JSON.stringify([organization, days, most]), () => this.make(organization, days, most));
  }

  private async make(organization: string, days: number, most: number): Promise<ClockChangesAhead> {
    const from = this.clock.now();
    const to = from + days * DAY_MS;
    const timetablesOf = await this.times.ofMany(organization);
    const ahead = changesAhead(from, to, new Allowance(MOST_STEPS, 'To tell them'));
    let [looked, isAll] = [0, false];
    for await (const { items, next } of newestTasks(this.tasks, organization, most, { state: 'active' })) {
      looked += items.length;
      isAll = next === null;
      for (const task of items) {
        const timetables = timetablesOf(task);
        if (!timetables) continue;
        try {
          await inTurns(this.turns, organization, () => ahead.adding(task, timetables));
        } catch (error) {
          ahead.isAll = false;
          this.logger.debug(`What clock changes do to task ${task.id} cannot be told: ${messageOf(error)}`);
        }
      }
    }
    const changes = ahead.inOrder();
    const truncated = !isAll || !ahead.isAll || changes.length > MOST_CHANGES;
    return { from, to, items: changes.slice(0, MOST_CHANGES), looked, truncated };
  }
}
