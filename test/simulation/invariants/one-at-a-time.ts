import type { Task } from '../../../src/domain/task.js';
import { hasBegun } from '../../../src/scheduling/planning/precedence.js';
import type { Observer, Start } from '../world/chronicle.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';
import { isRunning } from './one-start.js';

/** How long after a run is written as begun another instance may still overlook it, beyond the life of a lock (ms). */
const OVERLOOKED_MS = 1000;

/**
 * Unless its overlap policy allows more, no attempt of a task begins while an attempt of another run is under way. An
 * instance learns of the runs of others from the store, so it is judged by what the store could tell it. In a world
 * without trouble it is judged without excuse.
 */
export class OneAtATime implements Observer {
  /** When each run was first in the store as begun (true time). */
  private readonly written = new Map<string, number>();
  /** The runs that each process found begun when it last asked about a task. */
  private readonly seen = new Map<string, Set<string>>();

  constructor(private readonly world: World) {}

  applied({ process, port, method, parts }: Call): void {
    if (port !== 'runs') return;
    const { data, timeline } = this.world;
    if (method === 'update') {
      for (const run of data.unfinished.values())
        if (hasBegun(run) && !this.written.has(run.id)) this.written.set(run.id, timeline.now);
    }
    if (method !== 'heldElsewhere' && method !== 'heldBeside') return;
    const begun = [...data.unfinished.values()].filter(hasBegun);
    for (const taskId of [parts[0] as string | string[]].flat()) {
      const found = begun.filter((run) => run.taskId === taskId).map(({ id }) => id);
      this.seen.set(`${process.name} ${taskId}`, new Set(found));
    }
  }

  started(start: Start): void {
    const task = this.world.data.tasks.get(start.taskId);
    if (!task || task.definition.overlap === 'allow') return;
    for (const other of this.world.chronicle.starts) {
      if (other.taskId !== start.taskId || other.runId === start.runId || !isRunning(this.world, other)) continue;
      if (!this.isExcused(start, other)) this.violate(task, start, other);
    }
  }

  private isExcused(start: Start, other: Start): boolean {
    const { isCalm, clocksAreWrong, timeline, settings } = this.world;
    if (start.process === other.process || isCalm) return false;
    if (clocksAreWrong) return true;
    if (this.seen.get(`${start.process.name} ${start.taskId}`)?.has(other.runId)) return false;
    const written = this.written.get(other.runId) ?? timeline.now;
    return timeline.now - written < settings.lockLifeMs + OVERLOOKED_MS;
  }

  private violate({ definition }: Task, { runId, taskId }: Start, other: Start): void {
    const what = `run ${runId} of task ${taskId} (overlap ${definition.overlap}) begins beside run ${other.runId}`;
    this.world.chronicle.violate('one at a time', what, taskId);
  }
}
