import { Injectable } from '@nestjs/common';
import { TaskReads } from '../ports/task.reads.js';

const SECOND_MS = 1000;
/** How many seconds are looked at, and how many tasks of each: a look belongs to each pause while a form is filled in. */
const MOST_SECONDS = 5;
const MOST_TASKS = 20;
/** With fewer others, a second is not crowded. */
const CROWD = 9;

/** A second in which many tasks start. */
export interface CrowdedSecond {
  /** Epoch ms. */
  at: number;
  /** How many others have their next start in it. */
  others: number;
  /** Whether there may be more of them. */
  hasMore: boolean;
}

/** Finds seconds in which many tasks have their next start. */
@Injectable()
export class CrowdedSeconds {
  constructor(private readonly tasks: TaskReads) {}

  /** The first crowded second among those of the instants (epoch ms); `id` is a task that does not count. */
  async among(organization: string, instants: readonly number[], id?: string): Promise<CrowdedSecond | null> {
    const seconds = new Set(instants.map((at) => Math.floor(at / SECOND_MS) * SECOND_MS));
    for (const at of [...seconds].slice(0, MOST_SECONDS)) {
      const range = { from: at, before: at + SECOND_MS, limit: MOST_TASKS, organization };
      const due = await this.tasks.dueBetween(range);
      const others = due.filter((task) => task.next !== null && task.id !== id).length;
      if (others >= CROWD) return { at, others, hasMore: due.length === MOST_TASKS };
    }
    return null;
  }
}
