import type { CheckedTask } from '../../scheduling/tasks/task-checks.js';
import { respond, Shown } from '../http/expose.js';
import {
  PlannedRunResponse,
  PreviewResponse,
  toPlannedRuns,
  toPreviewResponse,
} from '../triggers/planned-runs.response.js';
import { WarningResponse, warningOf } from './task.response.js';

/** Something that is wrong with a task. */
export class TaskErrorResponse {
  @Shown({ description: 'A JSON pointer into the task.', example: '/triggers/0/expression' })
  pointer!: string;

  @Shown()
  detail!: string;
}

/** What a task would do, and whether it could be stored. */
export class TaskCheckResponse {
  @Shown({ description: 'Whether it could be stored, but for quotas of the organization.' })
  valid!: boolean;

  @Shown({ type: [TaskErrorResponse] })
  errors!: TaskErrorResponse[];

  @Shown({
    type: [WarningResponse],
    description:
      'What may not be meant: never-runs, clock-change (of the next 100 occurrences), longer-than-interval (a run takes longer than the time to the next), hot-second (ten or more tasks start in one of its next five seconds), calendar-ended (all days of a calendar have passed), no-worker.',
  })
  warnings!: WarningResponse[];

  @Shown({
    type: [PreviewResponse],
    description: 'Each trigger by itself, in the order of the task; none with errors.',
  })
  triggers!: PreviewResponse[];

  @Shown({ type: [PlannedRunResponse], description: 'The next ten occurrences of all triggers together.' })
  merged!: PlannedRunResponse[];
}

export const toTaskCheckResponse = ({ errors, warnings, missing, triggers, merged }: CheckedTask): TaskCheckResponse =>
  respond(TaskCheckResponse, {
    valid: errors.length === 0,
    errors: errors.map(({ pointer = '', detail }) => ({ pointer, detail })),
    warnings: [...warnings, ...(missing ? [warningOf(missing)] : [])],
    triggers: triggers.map(toPreviewResponse),
    merged: toPlannedRuns(merged),
  });
