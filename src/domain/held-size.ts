import type { Json } from './json.js';
import { jsonSize } from './json-size.js';
import type { Run } from './run.js';
import type { Task } from './task.js';

/** Of each definition, which a task keeps through all of its claims, and of the events and parameters of runs. */
const sizes = new WeakMap<object, number>();

/** About how many bytes a task takes in memory and on its way from the store, by what its author wrote. */
export function sizeOfTask({ definition, secrets }: Pick<Task, 'definition' | 'secrets'>): number {
  let size = sizes.get(definition);
  if (size === undefined) sizes.set(definition, (size = jsonSize(definition as unknown as Json) + jsonSize(secrets)));
  return size;
}

/** As of the tasks one by one. */
export const sizeOfTasks = (tasks: readonly Pick<Task, 'definition' | 'secrets'>[]): number =>
  tasks.reduce((sum, task) => sum + sizeOfTask(task), 0);

/** About how many bytes a run takes by the event and the parameters that it carries; nothing where there are none. */
export const sizeOfRun = ({ event, parameters }: Pick<Run, 'event' | 'parameters'>): number =>
  (event === null ? 0 : sizeOf(event, [event.data, ...(event.together ?? []).map(({ data }) => data)])) +
  (parameters === undefined ? 0 : sizeOf(parameters, parameters));

function sizeOf(holder: object, value: Json): number {
  let size = sizes.get(holder);
  if (size === undefined) sizes.set(holder, (size = jsonSize(value)));
  return size;
}

/** From how many bytes on a task is worth remembering. */
const LARGE = 4096;
/** The sizes of the tasks of runs, of large ones. */
const ofTasks = new WeakMap<object, number>();

/** Remembers, as long as the run is in memory, how large its task is. */
export function noteTask(run: Run, task: Task): void {
  const size = sizeOfTask(task);
  if (size >= LARGE) ofTasks.set(run, size);
}

/** About how many bytes come into memory when a run goes on whose task was noted: what it carries, and its task. */
export const sizeOfHeld = (run: Run): number =>
  sizeOfRun(run) + (run.payloadInStore ?? 0) + (ofTasks.get(run) ?? LARGE);
