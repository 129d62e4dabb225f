import type { Lack } from '../../cluster/instance-work.js';
import type { Task } from '../../domain/task.js';
import { within } from '../../domain/faults.js';
import type { Creation } from '../../scheduling/tasks/task-creation.js';
import { Shown } from '../http/expose.js';
import { FaultResponse } from '../http/problems/problem.response.js';
import { TaskResponse, toWrittenTaskResponse } from './task.response.js';

/** The result of one task of a batch. */
export class BatchResultResponse {
  @Shown({ enum: [201, 400, 500], type: 'integer' })
  status!: number;

  @Shown({ required: false, type: TaskResponse })
  task?: TaskResponse;

  @Shown({
    required: false,
    type: [FaultResponse],
    description: 'The faults of the input; their pointers lead into the body of the request.',
  })
  errors?: FaultResponse[];
}

/** One result per task of a batch, in its order. */
export class BatchResponse {
  @Shown({ type: [BatchResultResponse] })
  results!: BatchResultResponse[];
}

/**
 * Shows the results of the tasks that a batch held under "tasks", one by one, so that the caller can give way to
 * others.
 */
export function* showBatch(
  results: readonly Creation[],
  missingFor: (task: Task) => Lack | null,
): Generator<void, BatchResponse> {
  const shown: BatchResultResponse[] = [];
  for (const [index, result] of results.entries()) {
    shown.push(toResultResponse(result, index, missingFor));
    yield;
  }
  return { results: shown };
}

const toResultResponse = (
  result: Creation,
  index: number,
  missingFor: (task: Task) => Lack | null,
): BatchResultResponse =>
  'task' in result
    ? { status: 201, task: toWrittenTaskResponse(result.task, missingFor(result.task)) }
    : {
        status: result.unforeseen ? 500 : 400,
        errors: within(`/tasks/${index}`, result.faults),
      };
