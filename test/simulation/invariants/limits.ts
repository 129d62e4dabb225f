import type { Task } from '../../../src/domain/task.js';
import type { Observer, Start } from '../world/chronicle.js';
import { POOL } from '../world/task-kinds.js';
import type { World } from '../world/world.js';
import { isRunning } from './one-start.js';

/** The limits of tasks and organizations hold: the units of a pool, and how often a task runs. */
export class Limits implements Observer {
  private readonly scheduled = new Map<string, Set<string>>();

  constructor(private readonly world: World) {}

  started(start: Start): void {
    const task = this.world.data.tasks.get(start.taskId);
    if (!task) return;
    if (start.trigger === 'schedule') this.checkRuns(task, start);
    if (this.unitsOf(task.id) > 0) this.checkPool(task, start);
  }

  private checkRuns({ id, definition: { maxRuns = Number.POSITIVE_INFINITY } }: Task, { runId }: Start): void {
    const runs = this.scheduled.get(id) ?? new Set();
    this.scheduled.set(id, runs.add(runId));
    if (runs.size > maxRuns) this.violate(`task ${id} runs ${runs.size} times, at most ${maxRuns}`, id, runId);
  }

  private checkPool(task: Task, start: Start): void {
    const others = this.world.chronicle.starts.filter((other) => isRunning(this.world, other));
    const units = [...others, start].reduce((sum, { taskId }) => sum + this.unitsOf(taskId), 0);
    const runs = others.filter(({ taskId }) => this.unitsOf(taskId) > 0).map(({ runId }) => runId);
    if (units > POOL.capacity) {
      this.violate(`${units} units of a pool of ${POOL.capacity} are in use`, task.id, start.runId, ...runs);
    }
  }

  private unitsOf(taskId: string): number {
    return this.world.data.tasks.get(taskId)?.definition.resources?.[POOL.name] ?? 0;
  }

  private violate(what: string, ...about: string[]): void {
    this.world.chronicle.violate('limits', what, ...about);
  }
}
