import { NotFoundError } from '../../domain/errors.js';
import type { Task } from '../../domain/task.js';
import type { TaskScheduler } from '../../task-scheduler.js';
import { parametersOf, recordAfter, recordIn, tagOf, type Definition } from './definition.js';
import { DISABLED, pauseAtStart, stepFor, type Step } from './plan.js';

/** How many tasks are read at a time. */
const PAGE = 200;

/** Makes the tasks of an application agree with its code. */
export class Reconciler {
  constructor(
    private readonly scheduler: TaskScheduler,
    private readonly application: string,
  ) {}

  /** The tasks that code of this application made, by id. */
  async stored(): Promise<Map<string, Task>> {
    const tasks = new Map<string, Task>();
    for (let after: string | undefined; ;) {
      const page = { limit: PAGE, ...(after !== undefined && { after }) };
      const found = await this.scheduler.list({ tag: tagOf(this.application) }, page);
      for (const task of found) tasks.set(task.id, task);
      if (found.length < PAGE) return tasks;
      after = found.at(-1)!.id;
    }
  }

  /** What is to be done about each job. */
  steps(
    definitions: readonly Definition[],
    stored: ReadonlyMap<string, Task>,
    isDeclared: (task: Task, digest: string) => boolean,
  ): Step[] {
    return definitions.map((definition) =>
      stepFor(definition, stored.get(this.scheduler.idOf(definition.key)), isDeclared),
    );
  }

  /** Does what the step says. `isStart`: code starts what code stopped. */
  async apply(step: Step, isStart: boolean): Promise<Task> {
    const { definition } = step;
    if (step.act === 'wait') return step.task;
    const task = step.act === 'keep' ? step.task : await this.write(step);
    if (!isStart && step.act === 'keep') return task;
    const pause = pauseAtStart(definition, task, step.act === 'change');
    if (pause === 'pause') return this.scheduler.pause(task.id, DISABLED);
    return pause === 'resume' ? this.scheduler.resume(task.id) : task;
  }

  /** Deletes a task whose code is gone; another instance may have been first. */
  async retire({ id }: Task): Promise<void> {
    try {
      await this.scheduler.remove(id);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }

  private async write(step: Extract<Step, { act: 'create' | 'change' }>): Promise<Task> {
    const { definition } = step;
    if (step.act === 'create' && definition.disabled) return this.createDisabled(definition);
    const before = step.act === 'change' ? recordIn(step.task.definition.parameters) : null;
    return this.put(definition, before);
  }

  /** The task gets its times only when it is paused, so that none of them starts. */
  private async createDisabled(definition: Definition): Promise<Task> {
    const { key, input } = definition;
    const { id } = await this.scheduler.schedule(
      { ...input, triggers: [{ type: 'manual' }] },
      { key, onExisting: 'change' },
    );
    await this.scheduler.pause(id, DISABLED);
    return this.put(definition, null);
  }

  private put({ key, input, digest }: Definition, before: ReturnType<typeof recordIn>): Promise<Task> {
    const parameters = parametersOf(recordAfter(before, digest));
    return this.scheduler.schedule({ ...input, parameters }, { key, onExisting: 'change' });
  }
}
