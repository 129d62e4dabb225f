import { Injectable } from '@nestjs/common';
import { RunReads, type RunOutline } from '../scheduling/ports/run.reads.js';
import type { DueRange } from '../scheduling/ports/task.reads.js';

/** How many runs one read brings. */
const MOST_READ = 1000;

/** The runs of a task, newest first, and whether there are older ones in the range that were not read. */
export interface PastRuns {
  runs: RunOutline[];
  isAll: boolean;
}

/** Reads what became of the occurrences of some tasks of one organization, each read bounded. */
@Injectable()
export class PastOccurrences {
  constructor(private readonly reads: RunReads) {}

  /** The last runs of each task, in reads of at most 1,000 runs. */
  async runs(organization: string, taskIds: readonly string[], range: DueRange): Promise<Map<string, PastRuns>> {
    const each = Math.max(1, Math.min(range.limit, Math.floor(MOST_READ / Math.max(1, taskIds.length))));
    const first = await this.reads.outlines(organization, taskIds, { ...range, limit: each });
    const found = new Map<string, PastRuns>(taskIds.map((id) => [id, { runs: [], isAll: true }]));
    for (const run of first) found.get(run.taskId)?.runs.push(run);
    for (const [id, past] of found) {
      if (past.runs.length >= each) await this.readOn(organization, id, range, past);
    }
    return found;
  }

  private async readOn(organization: string, id: string, range: DueRange, past: PastRuns): Promise<void> {
    const seen = new Set(past.runs.map((run) => run.id));
    while (past.runs.length < range.limit) {
      // Runs of the same instant may not all have been read.
      const before = past.runs.at(-1)!.scheduledFor + 1;
      const page = await this.reads.outlines(organization, [id], { ...range, before, limit: MOST_READ });
      const fresh = page.filter((run) => !seen.has(run.id));
      for (const run of fresh) seen.add(run.id);
      past.runs.push(...fresh.slice(0, range.limit - past.runs.length));
      if (page.length < MOST_READ && past.runs.length < range.limit) return;
      if (fresh.length === 0) break;
    }
    past.isAll = false;
  }
}
