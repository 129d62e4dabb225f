import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import { Allowance } from '../domain/budget.js';
import { EARLIEST } from '../domain/instants.js';
import type { Task } from '../domain/task.js';
import { messageOf } from '../domain/thrown.js';
import { TaskTimes } from '../ledger/task-times.js';
import { runsLeft } from '../scheduling/planning/claim-planner.js';
import { dueAtOf, firstDueAfter } from '../scheduling/planning/spread.js';
import { isLastPage } from '../scheduling/ports/task-pages.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { budgetedBy } from '../triggers/budgeted-timetable.js';
import type { TaskTimetables } from '../triggers/calendar-resolver.js';
import type { PlannedRun, Timetable } from '../triggers/trigger-type.js';

/** How many tasks, by the time of their next start, one page looks at. */
const MOST_TASKS = 2000;
const PAGE = 200;
/** How many starts one page counts, those before its beginning among them. */
const MOST_STARTS = 20_000;
const MOST_STEPS = 100_000;

/** Where the list of coming starts continues: behind this start. */
export interface UpcomingPosition {
  dueAt: number;
  taskId: string;
}

/** Which starts: due in [`from`, `to`), epoch ms. */
export interface UpcomingQuery {
  from: number;
  to: number;
  tag?: string | undefined;
  limit: number;
  after?: UpcomingPosition | undefined;
}

/** A coming start of a task. */
export interface UpcomingStart extends UpcomingPosition {
  task: Task;
  planned: PlannedRun;
}

/** The coming starts in order, and where they go on; null at the end. */
export interface UpcomingPage {
  items: UpcomingStart[];
  next: UpcomingPosition | null;
  /** Whether there are more tasks or starts than were looked at. */
  truncated: boolean;
}

/** The starts of one task, one after the other. */
interface Line extends UpcomingStart {
  table: Timetable;
  steps: Allowance;
  left: number;
}

/** Lists what starts next, over all tasks of an organization, in order of time. */
@Injectable()
export class UpcomingStarts {
  private readonly logger = new Logger(UpcomingStarts.name);

  constructor(
    private readonly tasks: TaskReads,
    private readonly times: TaskTimes,
    private readonly turns: Turns,
    private readonly clock: Clock,
  ) {}

  /** Tasks are read as their first starts are reached: the cost is that of the page, and of what is before it. */
  async list(organization: string, query: UpcomingQuery): Promise<UpcomingPage> {
    const timetablesOf = await this.times.ofMany(organization);
    const lines: Line[] = [];
    const items: UpcomingStart[] = [];
    let place: { from: number; after?: string } | null = { from: EARLIEST };
    const seen = new Set<string>();
    let looked = 0;
    for (let starts = 0; starts < MOST_STARTS;) {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      const first = lines.length > 0 ? earliestOf(lines) : null;
      if (place && (!first || place.from <= first.dueAt)) {
        if (looked >= MOST_TASKS) return pageOf(items, query, true);
        const page: Task[] = await this.tasks.dueBetween({ ...place, before: query.to, limit: PAGE, organization });
        looked += page.length;
        // Tasks of one instant may come again with the next page.
        for (const task of page.filter(({ id }) => !seen.has(id))) {
          seen.add(task.id);
          this.begin(task, query, timetablesOf(task), lines);
        }
        const last = page.at(-1);
        place = last && !isLastPage(page, PAGE) ? { from: wakeOf(last), after: last.id } : null;
        continue;
      }
      if (!first) return pageOf(items, query, false);
      starts++;
      if (isBehind(first, query.after)) items.push({ ...first });
      if (items.length > query.limit) return pageOf(items, query, false);
      if (!this.advance(first, query)) lines.splice(lines.indexOf(first), 1);
    }
    return pageOf(items, query, true);
  }

  private begin(task: Task, query: UpcomingQuery, timetables: TaskTimetables | null, lines: Line[]): void {
    const { next, definition, id: taskId } = task;
    if (!next || !timetables || (query.tag !== undefined && !definition.tags.includes(query.tag))) return;
    try {
      const steps = new Allowance(MOST_STEPS, 'To tell them');
      const table = budgetedBy(steps, () => timetables.timetableOf(task));
      const begun = { task, taskId, table, steps, left: runsLeft(task) };
      // What is overdue at the beginning of a list from now on starts next.
      const isNext = next.dueAt >= query.from || query.from <= this.clock.now();
      const planned = isNext
        ? { at: next.scheduledFor }
        : budgetedBy(steps, () => firstDueAfter(task, table, query.from - 1));
      if (!planned) return;
      const dueAt = isNext ? next.dueAt : budgetedBy(steps, () => dueAtOf(task, table, planned));
      if (dueAt < query.to) lines.push({ ...begun, planned, dueAt });
    } catch (error) {
      this.logger.debug(`Task ${taskId} is left out of what is to come: ${messageOf(error)}`);
    }
  }

  /** Goes on to the next start of the task; false where there is none in the range. */
  private advance(line: Line, { from, to }: UpcomingQuery): boolean {
    try {
      if (--line.left <= 0) return false;
      const { task, table, steps } = line;
      const isOverdue = line.dueAt < from;
      const next = isOverdue
        ? budgetedBy(steps, () => firstDueAfter(task, table, from - 1))
        : budgetedBy(steps, () => table.next(line.planned.at));
      if (!next) return false;
      line.dueAt = budgetedBy(steps, () => dueAtOf(task, table, next));
      line.planned = next;
      return line.dueAt < to;
    } catch (error) {
      this.logger.debug(`The next starts of task ${line.taskId} are left out: ${messageOf(error)}`);
      return false;
    }
  }
}

const wakeOf = ({ next, pausedUntil }: Task): number => next?.dueAt ?? pausedUntil ?? EARLIEST;

const isEarlier = (a: UpcomingPosition, b: UpcomingPosition): boolean =>
  a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.taskId < b.taskId);

const isBehind = (start: UpcomingPosition, after: UpcomingPosition | undefined): boolean =>
  after === undefined || isEarlier(after, start);

const earliestOf = (lines: readonly Line[]): Line =>
  lines.reduce((first, line) => (isEarlier(line, first) ? line : first));

function pageOf(items: UpcomingStart[], { limit }: UpcomingQuery, truncated: boolean): UpcomingPage {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  const goesOn = items.length > limit && last !== undefined;
  return { items: shown, next: goesOn ? { dueAt: last.dueAt, taskId: last.taskId } : null, truncated };
}
