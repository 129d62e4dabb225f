import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { inTurns, Turns } from '../../clock/turns.js';
import type { Lack } from '../../cluster/instance-work.js';
import { Ownership } from '../../cluster/ownership.js';
import type { Fault } from '../../domain/errors.js';
import { EARLIEST, LATEST } from '../../domain/instants.js';
import { percentileOf } from '../../domain/percentile.js';
import type { Task } from '../../domain/task.js';
import type { CalendarResolver } from '../../triggers/calendar-resolver.js';
import { withCalendars } from '../../triggers/calendar-words.js';
import { TriggerResolver, type Preview } from '../../triggers/trigger-resolver.js';
import type { PlannedRun } from '../../triggers/trigger-type.js';
import { SettingsService } from '../../organizations/settings.service.js';
import { stateWithout } from '../planning/claim-planner.js';
import { plannedRuns } from '../planning/planned-runs.js';
import { RunReads } from '../ports/run.reads.js';
import { endedCalendars, type EndedCalendar } from './calendar-ends.js';
import { CrowdedSeconds, type CrowdedSecond } from './crowded-seconds.js';
import { DefinitionCheck } from './definition-check.js';
import { faultsOf, TaskCreation } from './task-creation.js';

const SHOWN = 10;
/** How many coming occurrences are compared, and how many of the last runs. */
const COMPARED = 100;
const LAST_RUNS = 20;
const SECOND_MS = 1000;

/** Something that may not be meant. */
export interface TaskWarning {
  code: 'never-runs' | 'clock-change' | 'longer-than-interval' | 'hot-second' | 'calendar-ended';
  pointer: string;
  detail: string;
}

/** What a task would do. */
export interface CheckedTask {
  errors: readonly Fault[];
  warnings: TaskWarning[];
  /** What no live instance has and the task needs; null where one could run it. */
  missing: Lack | null;
  /** Each trigger by itself, in the order of the task. */
  triggers: Preview[];
  /** The first occurrences of all triggers together. */
  merged: PlannedRun[];
}

/** Checks a whole task as its creation would, shows what it would do, and stores nothing. */
@Injectable()
export class TaskChecks {
  constructor(
    private readonly creation: TaskCreation,
    private readonly definitions: DefinitionCheck,
    private readonly resolver: TriggerResolver,
    private readonly runs: RunReads,
    private readonly ownership: Ownership,
    private readonly settings: SettingsService,
    private readonly seconds: CrowdedSeconds,
    private readonly clock: Clock,
    private readonly turns: Turns,
  ) {}

  /** `id` is the task that it is to replace, whose last runs tell how long one takes. */
  async check(organization: string, input: unknown, id?: string): Promise<CheckedTask> {
    try {
      return await this.shown(await this.creation.draft(organization, input), id);
    } catch (error) {
      const errors = faultsOf(error);
      if (!errors) throw error;
      return { errors, warnings: [], missing: null, triggers: [], merged: [] };
    }
  }

  private async shown(task: Task, id: string | undefined): Promise<CheckedTask> {
    const { organization } = task;
    const timetables = await this.definitions.timetables(organization);
    const triggers: Preview[] = [];
    for (const trigger of task.definition.triggers) triggers.push(await this.preview(task, trigger, timetables));
    const coming = task.next
      ? (
          await inTurns(this.turns, organization, () =>
            plannedRuns(task, timetables, { count: COMPARED }, this.clock.now()),
          )
        ).runs
      : [];
    const durationMs = await this.durationOf(task, id);
    const { calendars } = (await this.settings.get(organization)).settings;
    return {
      errors: [],
      warnings: [
        ...neverRuns(task),
        ...clockChange(coming),
        ...longerThanInterval(coming, durationMs),
        ...hotSecond(await this.crowded(task, coming, id)),
        ...endedCalendars(task.definition.calendars ?? [], calendars, this.clock.now()).map(calendarEnded),
      ],
      missing: this.ownership.missingFor(task),
      triggers,
      merged: coming.slice(0, SHOWN),
    };
  }

  private async preview({ organization, definition }: Task, trigger: object, timetables: CalendarResolver) {
    const { calendars = [] } = definition;
    const preview = await inTurns(this.turns, organization, () =>
      this.resolver.previewing(trigger, this.clock.now(), SHOWN, (table) => timetables.within(table, calendars)),
    );
    return { ...preview, description: withCalendars(preview.description, calendars) };
  }

  /** Only of a task that a spread could move: it has none, and some seconds from one start to the next. */
  private async crowded(
    { organization, definition }: Task,
    coming: readonly PlannedRun[],
    id: string | undefined,
  ): Promise<CrowdedSecond | null> {
    if (definition.spreadMs || smallestGap(coming) <= SECOND_MS) return null;
    const instants = coming.map(({ at, dueAt = at }) => dueAt);
    return this.seconds.among(organization, instants, id);
  }

  /** How long most runs take, in milliseconds: of 20, all but the longest; null where nothing tells. */
  private async durationOf({ organization, definition: { action } }: Task, id?: string): Promise<number | null> {
    if (action.type === 'noop') return (action as { durationMs?: number }).durationMs ?? 0;
    if (id === undefined) return null;
    const range = { from: EARLIEST, before: LATEST, limit: LAST_RUNS };
    const durations = (await this.runs.outlines(organization, [id], range)).flatMap(({ startedAt, finishedAt }) =>
      startedAt !== null && finishedAt !== null ? [Math.max(0, finishedAt - startedAt)] : [],
    );
    return durations.length === 0
      ? null
      : percentileOf(
          durations.toSorted((a, b) => a - b),
          0.95,
        );
  }
}

function neverRuns(task: Task): TaskWarning[] {
  if (task.next || stateWithout(task) !== 'completed') return [];
  return [{ code: 'never-runs', pointer: '/triggers', detail: 'it has no occurrence to come' }];
}

function clockChange(coming: readonly PlannedRun[]): TaskWarning[] {
  const moved = coming.find(({ shifted }) => shifted === true);
  if (!moved) return [];
  const detail = `a clock change moves the occurrence at ${new Date(moved.at).toISOString()}`;
  return [{ code: 'clock-change', pointer: '/triggers', detail }];
}

function longerThanInterval(coming: readonly PlannedRun[], durationMs: number | null): TaskWarning[] {
  const smallest = smallestGap(coming);
  if (durationMs === null || !(durationMs > smallest)) return [];
  const detail = `a run takes about ${durationMs} ms, and the next is due after ${smallest} ms`;
  return [{ code: 'longer-than-interval', pointer: '/overlap', detail }];
}

const smallestGap = (coming: readonly PlannedRun[]): number =>
  Math.min(...coming.slice(1).map(({ at }, index) => at - coming[index]!.at));

function hotSecond(crowded: CrowdedSecond | null): TaskWarning[] {
  if (!crowded) return [];
  const others = `${crowded.hasMore ? 'at least ' : ''}${crowded.others} other tasks`;
  const at = new Date(crowded.at).toISOString();
  const detail = `it starts in the same second as ${others}, at ${at}: with a spread (spreadMs), each starts a little later`;
  return [{ code: 'hot-second', pointer: '/spreadMs', detail }];
}

const calendarEnded = ({ index, name, last }: EndedCalendar): TaskWarning => ({
  code: 'calendar-ended',
  pointer: `/calendars/${index}`,
  detail: `the calendar "${name}" leaves out nothing more: its last day was ${last}`,
});
