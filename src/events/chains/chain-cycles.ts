import { Injectable } from '@nestjs/common';
import { isChained, parentsIn } from '../../domain/chain.js';
import { InvalidInputError, type Fault } from '../../domain/errors.js';
import type { Task } from '../../domain/task.js';
import { UnderLocks } from '../../locking/under-locks.js';
import { MOST_READ } from '../../scheduling/ports/task-pages.js';
import { TaskStore } from '../../scheduling/ports/task.store.js';
import { ChainedOrganizations } from './chained-organizations.js';

/** Over how many tasks a cycle is looked for; a longer one ends by its depth. */
const MOST_ANCESTORS = 1000;

/** Keeps tasks from waiting for the ends of runs that their own ends start. */
@Injectable()
export class ChainCycles {
  constructor(
    private readonly tasks: TaskStore,
    private readonly locks: UnderLocks,
    private readonly organizations: ChainedOrganizations,
  ) {}

  /**
   * Has `write` store these tasks, without those that would close a cycle; `refused` has their faults by id. Nobody
   * else stores chains of these organizations meanwhile, on any instance.
   */
  async write<Result>(
    tasks: readonly Task[],
    write: (refused: ReadonlyMap<string, Fault>) => Promise<Result>,
  ): Promise<Result> {
    const chained = tasks.filter(isChained);
    for (const organization of new Set(chained.map((task) => task.organization)))
      await this.organizations.add(organization);
    const named = chained.filter(({ definition }) => parentsIn(definition.triggers).length > 0);
    if (named.length === 0) return write(new Map());
    const keys = [...new Set(named.map(({ organization }) => `chains/${encodeURIComponent(organization)}`))].sort();
    return this.locks.do('chains', keys, async () => {
      const refused = new Map<string, Fault>();
      for (const task of named) {
        const path = await this.cycleOf(task, tasks);
        if (path) refused.set(task.id, faultOf(path));
      }
      return write(refused);
    });
  }

  /** As `write`, for one task. @throws InvalidInputError when it would close a cycle */
  async writeOne<Result>(task: Task, write: () => Promise<Result>): Promise<Result> {
    return this.write([task], (refused) => {
      const fault = refused.get(task.id);
      if (fault) throw new InvalidInputError([fault]);
      return write();
    });
  }

  /** The tasks from this one over those that it starts back to it; null where there is no such way. */
  private async cycleOf(task: Task, together: readonly Task[]): Promise<Task[] | null> {
    const known = new Map(together.map((each) => [each.id, each]));
    /** The task that each one starts, on the way to this one. */
    const starts = new Map<string, Task>();
    let level: Task[] = [task];
    while (level.length > 0 && starts.size <= MOST_ANCESTORS) {
      const wanted = new Map<string, Task>();
      for (const child of level)
        for (const parent of parentsIn(child.definition.triggers)) {
          if (parent === task.id) return pathFrom(task, child, starts);
          if (!starts.has(parent)) wanted.set(parent, child);
        }
      for (const [parent, child] of wanted) starts.set(parent, child);
      const found = await this.tasks.byIds([...wanted.keys()].slice(0, MOST_READ));
      level = [...wanted.keys()].flatMap((id) => known.get(id) ?? found.find((each) => each.id === id) ?? []);
      level = level.filter(({ organization }) => organization === task.organization);
    }
    return null;
  }
}

function pathFrom(task: Task, last: Task, starts: ReadonlyMap<string, Task>): Task[] {
  const path = [task, last];
  for (let at = last; at.id !== task.id;) path.push((at = starts.get(at.id)!));
  return path;
}

const faultOf = (path: readonly Task[]): Fault => ({
  pointer: '/triggers',
  detail: `closes a cycle, in which tasks start each other: ${path.map(({ id, definition }) => `${definition.name} (${id})`).join(' → ')}`,
});
