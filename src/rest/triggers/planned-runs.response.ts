import type { Preview } from '../../triggers/trigger-resolver.js';
import type { Task } from '../../domain/task.js';
import type { PlannedList } from '../../scheduling/planning/planned-runs.js';
import { localReading } from '../../triggers/local-reading.js';
import type { LeftOut, PlannedRun } from '../../triggers/trigger-type.js';
import { Zone } from '../../triggers/zone.js';
import { zoneOf } from './task-zone.js';
import { toIso } from '../../domain/instants.js';
import { respond, Shown, ShownInstant } from '../http/expose.js';

/** Who has taken an occurrence out of the plan, and why. */
export class SkippedResponse {
  @Shown()
  by!: string;

  @Shown()
  reason!: string;
}

/** A coming occurrence. */
export class PlannedRunResponse {
  @ShownInstant()
  at!: string;

  @Shown({ required: false, description: 'Whether a clock change moved it.' })
  shifted?: boolean;

  @ShownInstant({ required: false, description: 'When it starts, if a calendar or the task’s spread moves the start.' })
  dueAt?: string;

  @Shown({ required: false, description: 'The calendar that moved its start.' })
  calendar?: string;

  @Shown({ type: SkippedResponse, required: false, description: 'It does not run, because somebody has skipped it.' })
  skipped?: SkippedResponse;
}

/** A coming occurrence, with what the clocks of the trigger's zone show. */
export class PreviewedRunResponse extends PlannedRunResponse {
  @Shown({
    required: false,
    description: 'The same instant in the trigger’s zone.',
    example: '2027-01-31T10:00:00+01:00',
  })
  local?: string;

  @Shown({
    required: false,
    enum: ['first', 'second'],
    description: 'Whether this is the first or the second time that the clocks show it, if they show it twice.',
  })
  repeated?: 'first' | 'second';

  @Shown({ required: false, description: '`dueAt` in the trigger’s zone.' })
  localDueAt?: string;
}

/** Occurrences that a calendar excludes. */
export class LeftOutResponse {
  @ShownInstant()
  from!: string;

  @ShownInstant()
  to!: string;

  @Shown({ type: 'integer' })
  count!: number;

  @Shown()
  calendar!: string;

  @Shown({
    enum: ['skipped', 'coalesced'],
    description: 'skipped: it does not run. coalesced: a later occurrence runs in its place.',
  })
  outcome!: string;
}

/** The coming occurrences, soonest first. */
export class PlannedRunsResponse {
  @Shown({ type: [PreviewedRunResponse] })
  runs!: PreviewedRunResponse[];

  @Shown({
    type: [LeftOutResponse],
    description: 'The occurrences that calendars leave out, up to the last of the runs, for one year at most.',
  })
  leftOut!: LeftOutResponse[];

  @Shown({ description: 'The zone of the task’s first trigger that has one.' })
  zone!: string;
}

/** What a trigger does, in instants and in words. */
export class PreviewResponse {
  @Shown({ type: [PreviewedRunResponse] })
  runs!: PreviewedRunResponse[];

  @Shown({
    type: [LeftOutResponse],
    description: 'The occurrences that calendars leave out, up to the last of the runs.',
  })
  leftOut!: LeftOutResponse[];

  @Shown({ example: 'At 02:00 AM, Monday through Friday' })
  description!: string;
}

/** Coming occurrences, in UTC. */
export const toPlannedRuns = <Planned extends PlannedRun>(runs: readonly Planned[]) =>
  runs.map(({ dueAt, ...run }) => ({ ...run, at: toIso(run.at), ...(dueAt !== undefined && { dueAt: toIso(dueAt) }) }));

const leftOutShown = (leftOut: readonly LeftOut[]): LeftOutResponse[] =>
  leftOut.map(({ from, to, ...rest }) => ({ ...rest, from: toIso(from), to: toIso(to) }));

export function toPlannedRunsResponse({ task, runs, leftOut }: PlannedList & { task: Task }): PlannedRunsResponse {
  const name = zoneOf(task.definition.triggers);
  const zone = Zone.of(name);
  const read = runs.map((run) => ({
    ...run,
    ...localReading(zone, run.at),
    ...(run.dueAt !== undefined && { localDueAt: localReading(zone, run.dueAt).local }),
  }));
  return respond(PlannedRunsResponse, { runs: toPlannedRuns(read), leftOut: leftOutShown(leftOut), zone: name });
}

export const toPreviewResponse = ({ runs, leftOut, description }: Preview): PreviewResponse =>
  respond(PreviewResponse, { runs: toPlannedRuns(runs), leftOut: leftOutShown(leftOut), description });
