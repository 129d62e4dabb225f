import { toIso } from '../../domain/instants.js';
import { isFinished, RUN_STATES, type RunState } from '../../domain/run.js';
import type { Trigger } from '../../domain/trigger.js';
import { actionInWords } from '../../overview/action-words.js';
import { HEALTHS, type Health } from '../../overview/task-health.js';
import type { ListedTask } from '../../overview/task-listing.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant } from '../http/expose.js';
import { TaskResponse, toTaskResponse } from './task.response.js';

/** How many triggers of a task a list tells in words. */
const MOST_WORDS = 5;

/** How the last run of a task that has ended went. */
export class LastRunResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ enum: RUN_STATES.filter(isFinished) })
  state!: RunState;

  @ShownInstant()
  finishedAt!: string;
}

/** A task in a list, with how it does. */
export class ListedTaskResponse extends TaskResponse {
  @Shown({
    enum: HEALTHS,
    description:
      'overdue: its next occurrence should have been taken up by now. failing: its last run failed or timed out. never: none has ended yet.',
  })
  health!: Health;

  @Shown({
    type: LastRunResponse,
    required: false,
    description: 'The last run that has ended, of its last ten; absent if none has.',
  })
  lastRun?: LastRunResponse;

  @Shown({
    type: [String],
    description: 'Its first five triggers in words.',
    example: ['At 02:30, every day, in the time zone Europe/Berlin'],
  })
  when!: string[];

  @Shown({ description: 'What it does, in one line.', example: 'GET https://example.com/rates' })
  actionSummary!: string;
}

/** Shows a task of a list; `describe` tells a trigger in words. */
export const toListedTask = (
  { task, health, lastRun }: ListedTask,
  describe: (trigger: Trigger) => string,
): ListedTaskResponse =>
  respond(
    ListedTaskResponse,
    Object.assign(toTaskResponse(task), {
      health,
      ...(lastRun && {
        lastRun: { id: lastRun.id, state: lastRun.state, finishedAt: toIso(lastRun.finishedAt!) },
      }),
      when: task.definition.triggers.slice(0, MOST_WORDS).map(describe),
      actionSummary: actionInWords(task.definition.action),
    }),
  );

/** A page of tasks, newest first unless sorted. */
export class TaskPage {
  @Shown({ type: [ListedTaskResponse] })
  items!: ListedTaskResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}
