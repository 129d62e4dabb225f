import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { RUN_TRIGGERS, type RunTrigger } from '../../domain/run.js';
import type { TaskState } from '../../domain/task.js';
import type { Cell } from '../../occurrences/grid.js';
import type { LatestOutcome, TaskOutcomes } from '../../occurrences/latest-outcomes.js';
import type { MatrixRow } from '../../occurrences/occurrence-matrix.js';
import { WORST_FIRST } from '../../occurrences/outcome.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant } from '../http/expose.js';
import { OUTCOMES } from '../ledger/occurrence.response.js';

/** What became of a task's occurrences in a stretch of time, and what is to come. */
export class OccurrenceCellResponse {
  @ShownInstant()
  from!: string;

  @ShownInstant({ description: 'The beginning of the next cell.' })
  to!: string;

  @Shown({ type: 'integer', minimum: 0, description: 'How many occurrences have an outcome.' })
  count!: number;

  @Shown({ enum: WORST_FIRST, description: 'The worst of the outcomes; "planned" where there is nothing else.' })
  worst!: string;

  @Shown({
    type: 'object',
    additionalProperties: { type: 'integer', minimum: 1 },
    selfRequired: true,
    description: `How many occurrences have each outcome; those with none are left out. The names are ${OUTCOMES.join(', ')}.`,
  })
  outcomes!: Record<string, number>;

  @Shown({ required: false, format: 'uuid', description: 'The newest run with the worst outcome, if a run has it.' })
  runId?: string;

  @Shown({
    type: 'integer',
    minimum: 1,
    required: false,
    description: 'How many occurrences are to come, or are due and not decided on.',
  })
  planned?: number;
}

/** The occurrences of one task over time. */
export class OccurrenceRowResponse {
  @Shown({ format: 'uuid' })
  taskId!: string;

  @Shown()
  name!: string;

  @Shown({ enum: ['active', 'paused', 'completed'] })
  state!: TaskState;

  @Shown({ type: [OccurrenceCellResponse], description: 'The cells that hold something, oldest first.' })
  cells!: OccurrenceCellResponse[];

  @Shown({ description: 'Whether something is missing: runs before `countedFrom`, stretches, or what is planned.' })
  truncated!: boolean;

  @ShownInstant({ nullable: true, description: 'From when on all runs are counted; null where all are.' })
  countedFrom!: string | null;
}

/** A page of the matrix: tasks, newest first, by time. */
export class OccurrenceMatrixPage {
  @Shown({ type: [OccurrenceRowResponse] })
  items!: OccurrenceRowResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** An outcome of a strip. */
export class LatestOutcomeResponse {
  @ShownInstant({ required: false, description: 'The nominal time of one occurrence; a stretch has from and to.' })
  scheduledFor?: string;

  @ShownInstant({ required: false, description: 'The first occurrence of a stretch.' })
  from?: string;

  @ShownInstant({ required: false, description: 'The last occurrence of a stretch.' })
  to?: string;

  @Shown({ type: 'integer', minimum: 1, description: 'How many occurrences it stands for.' })
  count!: number;

  @Shown({ enum: OUTCOMES })
  outcome!: string;

  @Shown({ required: false, format: 'uuid' })
  runId?: string;

  @Shown({ required: false, enum: RUN_TRIGGERS, description: 'What made the run.' })
  trigger?: RunTrigger;

  @Shown({ type: Number, required: false, description: 'How late it started.' })
  latenessMs?: number;

  @Shown({ type: 'integer', required: false, description: 'From its start to its end.' })
  durationMs?: number;
}

/** How a task has gone lately. */
export class TaskOutcomesResponse {
  @Shown({ format: 'uuid' })
  taskId!: string;

  @Shown({ type: [LatestOutcomeResponse], description: 'The last ones, oldest first.' })
  outcomes!: LatestOutcomeResponse[];

  @Shown({ type: 'integer', description: 'How many of the last runs failed in a row, of the 20 or `count` looked at.' })
  failuresInRow!: number;

  @ShownInstant({ nullable: true, description: 'When the last of these runs that succeeded ended.' })
  lastSuccessAt!: string | null;

  @ShownInstant({ nullable: true, description: 'When the occurrence was due that nothing has taken up.' })
  overdueSince!: string | null;
}

/** The last outcomes of some tasks. */
export class TaskOutcomesPage {
  @Shown({ type: [TaskOutcomesResponse], description: 'In the order of the ids.' })
  items!: TaskOutcomesResponse[];
}

export const toOccurrenceRow = ({ id, task, cells, truncated, countedFrom }: MatrixRow): OccurrenceRowResponse =>
  respond(OccurrenceRowResponse, {
    ...{ taskId: id, name: task.definition.name, state: task.state, cells: cells.map(toCell) },
    ...{ truncated, countedFrom: toIsoOrNull(countedFrom) },
  });

const toCell = ({ from, to, ...cell }: Cell): OccurrenceCellResponse => ({ ...cell, from: toIso(from), to: toIso(to) });

export const toTaskOutcomesPage = (items: readonly TaskOutcomes[]): TaskOutcomesPage =>
  respond(TaskOutcomesPage, {
    items: items.map(({ outcomes, lastSuccessAt, overdueSince, ...task }) => ({
      ...task,
      outcomes: outcomes.map(toLatestOutcome),
      lastSuccessAt: toIsoOrNull(lastSuccessAt),
      overdueSince: toIsoOrNull(overdueSince),
    })),
  });

function toLatestOutcome({ from, to, count, outcome, run }: LatestOutcome): LatestOutcomeResponse {
  const when = from === to ? { scheduledFor: toIso(from) } : { from: toIso(from), to: toIso(to) };
  if (!run) return { ...when, count, outcome };
  const { id, trigger, startedAt, finishedAt, latenessMs } = run;
  return {
    ...{ ...when, count, outcome, runId: id, trigger },
    ...(latenessMs !== null && { latenessMs }),
    ...(startedAt !== null && finishedAt !== null && { durationMs: Math.max(0, finishedAt - startedAt) }),
  };
}
