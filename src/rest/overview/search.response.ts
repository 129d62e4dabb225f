import { RUN_STATES, type RunState } from '../../domain/run.js';
import type { TaskState } from '../../domain/task.js';
import { MOST_FOUND, type Found } from '../../overview/search.js';
import { MOST_COUNTED, MOST_VALUES, type TaskFacets } from '../../overview/task-facets.js';
import { respond, Shown } from '../http/expose.js';

/** A task that was found. */
export class FoundTaskResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown()
  name!: string;

  @Shown({ enum: ['active', 'paused', 'completed'] })
  state!: TaskState;
}

/** A run that was found. */
export class FoundRunResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ format: 'uuid' })
  taskId!: string;

  @Shown({ enum: RUN_STATES })
  state!: RunState;
}

/** An event that was found. */
export class FoundEventResponse {
  @Shown()
  id!: string;

  @Shown()
  type!: string;
}

/** What a text leads to; ten of each kind at most. */
export class FoundResponse {
  @Shown({ type: [FoundTaskResponse], description: 'Tasks whose id begins with the text, or whose name contains it.' })
  tasks!: FoundTaskResponse[];

  @Shown({ type: [FoundRunResponse], description: 'Runs whose id begins with the text.' })
  runs!: FoundRunResponse[];

  @Shown({ type: [FoundEventResponse], description: 'Events whose id or type is the text.' })
  events!: FoundEventResponse[];

  @Shown({ type: [String], description: 'Tags that contain the text.' })
  tags!: string[];

  @Shown({ description: `Whether there may be more of something, beyond ${MOST_FOUND} of it or what was looked at.` })
  truncated!: boolean;
}

export const toFoundResponse = (found: Found): FoundResponse => respond(FoundResponse, found);

/** How many tasks have a value. */
export class FacetResponse {
  @Shown()
  value!: string;

  @Shown({ type: 'integer' })
  count!: number;
}

/** What tasks can be narrowed to, the most frequent first. */
export class TaskFacetsResponse {
  @Shown({ type: [FacetResponse] })
  states!: FacetResponse[];

  @Shown({ type: [FacetResponse] })
  tags!: FacetResponse[];

  @Shown({ type: [FacetResponse] })
  queues!: FacetResponse[];

  @Shown({ type: [FacetResponse], description: 'The time zones of their triggers.' })
  zones!: FacetResponse[];

  @Shown({ type: [FacetResponse], description: 'A task that has several of a type counts once.' })
  triggerTypes!: FacetResponse[];

  @Shown({ type: [FacetResponse] })
  actions!: FacetResponse[];

  @Shown({ type: 'integer', description: `How many tasks were counted: ${MOST_COUNTED} at most, the newest.` })
  looked!: number;

  @Shown({ description: `Whether there are more tasks, or more than ${MOST_VALUES} values of a kind.` })
  truncated!: boolean;
}

export const toTaskFacetsResponse = (facets: TaskFacets): TaskFacetsResponse => respond(TaskFacetsResponse, facets);
