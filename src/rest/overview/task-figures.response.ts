import { toIso } from '../../domain/instants.js';
import type { Json, JsonObject } from '../../domain/json.js';
import type { TaskFigures } from '../../overview/task-figures.js';
import type { TaskAsItWas, TaskVersion } from '../../overview/task-versions.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant, ShownJson, ShownObject } from '../http/expose.js';

/** How long something took. */
export class PercentilesResponse {
  @Shown({ type: 'integer' })
  p50Ms!: number;

  @Shown({ type: 'integer' })
  p95Ms!: number;

  @Shown({ type: 'integer' })
  worstMs!: number;
}

/** How often failures had a code. */
export class CodeCountResponse {
  @Shown({ example: 'http-503' })
  code!: string;

  @Shown({ type: 'integer', minimum: 1 })
  count!: number;
}

/** The runs of a day. */
export class DayOfRunsResponse {
  @ShownInstant({ description: 'The beginning of the day, in UTC.' })
  day!: string;

  @ShownObject({ description: 'The number of runs in each state.' })
  states!: Record<string, number>;
}

/** How a task went over some time. */
export class TaskFiguresResponse {
  @ShownInstant()
  from!: string;

  @ShownInstant()
  to!: string;

  @Shown({ type: 'integer', description: 'How many runs were looked at, the newest first; 1,000 at most.' })
  runs!: number;

  @Shown({ description: 'Whether there are older runs in the range.' })
  truncated!: boolean;

  @Shown({
    type: Number,
    nullable: true,
    description: 'The share that succeeded of those that succeeded or failed, from 0 to 1; null where there is none.',
  })
  success!: number | null;

  @Shown({ type: PercentilesResponse, nullable: true, description: 'From the first start to the end.' })
  duration!: PercentilesResponse | null;

  @Shown({ type: PercentilesResponse, nullable: true, description: 'How late they started.' })
  lateness!: PercentilesResponse | null;

  @Shown({ type: 'integer', description: 'How many of the last runs failed in a row.' })
  failuresInRow!: number;

  @Shown({ type: [CodeCountResponse], description: 'The codes of the newest failures, the most frequent first.' })
  byCode!: CodeCountResponse[];

  @Shown({ type: [DayOfRunsResponse], description: 'The days that have runs, oldest first.' })
  daily!: DayOfRunsResponse[];
}

/** Shows the figures of a task. */
export const toTaskFiguresResponse = ({ from, to, daily, ...rest }: TaskFigures): TaskFiguresResponse =>
  respond(TaskFiguresResponse, {
    ...{ from: toIso(from), to: toIso(to), ...rest },
    daily: daily.map(({ day, states }) => ({ day: toIso(day), states: states as Record<string, number> })),
  });

/** A change of a task. */
export class TaskVersionResponse {
  @Shown({ type: 'integer', description: 'Its place in the audit trail.' })
  sequence!: number;

  @ShownInstant()
  at!: string;

  @Shown({ description: 'Who made it.' })
  by!: string;

  @Shown({ example: 'changed', description: 'Such as created, changed, paused or resumed.' })
  change!: string;

  @ShownJson('The members that differ, as they were; secrets are masked.')
  before!: Json;

  @ShownJson('The members that differ, as they became; secrets are masked.')
  after!: Json;
}

/** Shows a change of a task. */
export const toTaskVersionResponse = ({ at, ...rest }: TaskVersion): TaskVersionResponse =>
  respond(TaskVersionResponse, { at: toIso(at), ...rest });

/** A task as it was after a change. */
export class TaskAsItWasResponse {
  @Shown({ type: 'integer', description: 'The place of the change in the audit trail.' })
  sequence!: number;

  @ShownInstant()
  at!: string;

  @Shown({ description: 'Who made the change.' })
  by!: string;

  @Shown({ example: 'changed' })
  change!: string;

  @ShownObject({
    description:
      'What defined the task, without its secrets. A PATCH with it restores that, with null for members that it lacks and the task has.',
  })
  definition!: JsonObject;
}

/** Shows a task as it was. */
export const toTaskAsItWasResponse = ({ at, ...rest }: TaskAsItWas): TaskAsItWasResponse =>
  respond(TaskAsItWasResponse, { at: toIso(at), ...rest });

/** Changes of a task, newest first. */
export class TaskVersionPage {
  @Shown({ type: [TaskVersionResponse] })
  items!: TaskVersionResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}
