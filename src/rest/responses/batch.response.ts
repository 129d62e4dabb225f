import type { Fault } from '../../domain/errors.js';
import type { Task } from '../../domain/task.js';
import { Shown } from './expose.js';
import { FaultResponse } from './problem.response.js';
import { TaskResponse, toTaskResponse } from './task.response.js';

/** What became of one task of a batch. */
export class BatchResultResponse {
  @Shown({ enum: [201, 400], type: 'integer' })
  status!: number;

  @Shown({ required: false, type: TaskResponse })
  task?: TaskResponse;

  @Shown({ required: false, type: [FaultResponse], description: 'The pointers lead into the body of the request.' })
  errors?: FaultResponse[];
}

/** One result per task of a batch, in its order. */
export class BatchResponse {
  @Shown({ type: [BatchResultResponse] })
  results!: BatchResultResponse[];
}

/** Shows what became of the tasks that a batch held under "tasks". */
export const toBatchResponse = (results: readonly ({ task: Task } | { faults: Fault[] })[]): BatchResponse => ({
  results: results.map((result, index) =>
    'task' in result
      ? { status: 201, task: toTaskResponse(result.task) }
      : { status: 400, errors: result.faults.map((fault) => within(`/tasks/${index}`, fault)) },
  ),
});

/** The fault of a part of the body as a fault of the body. */
export const within = (prefix: string, fault: Fault): Fault => ({ ...fault, pointer: prefix + (fault.pointer ?? '') });
