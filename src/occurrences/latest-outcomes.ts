import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import { chunksOf } from '../domain/chunks.js';
import { InvalidInputError } from '../domain/errors.js';
import { EARLIEST, LATEST } from '../domain/instants.js';
import type { LedgerEntry } from '../domain/ledger.js';
import { hasFailed } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { TaskTimes } from '../ledger/task-times.js';
import type { RunOutline } from '../scheduling/ports/run.reads.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import type { Outcome } from './outcome.js';
import { PastOccurrences } from './past-occurrences.js';

/** How many outcomes one request may ask for, of all of its tasks together. */
export const MOST_OUTCOMES = 6000;
/** How many of a task's last runs tell of failures in a row and of the last success, at least. */
const LOOKED_BACK = 20;
const AT_ONCE = 20;

/** What became of one occurrence, or of a stretch of occurrences that did not run. Epoch ms. */
export interface LatestOutcome {
  from: number;
  to: number;
  count: number;
  outcome: Outcome;
  run?: RunOutline;
}

/** How a task has gone lately. */
export interface TaskOutcomes {
  taskId: string;
  /** The last ones, oldest first. */
  outcomes: LatestOutcome[];
  /** How many of the last runs that were looked at failed in a row. */
  failuresInRow: number;
  /** When the last run that succeeded, of those looked at, finished (epoch ms). */
  lastSuccessAt: number | null;
  /** When the occurrence was due that has not been taken up for too long (epoch ms). */
  overdueSince: number | null;
}

/** Tells of the last outcomes of some tasks. */
@Injectable()
export class LatestOutcomes {
  constructor(
    private readonly tasks: TaskReads,
    private readonly past: PastOccurrences,
    private readonly ledger: LedgerService,
    private readonly times: TaskTimes,
    private readonly turns: Turns,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'overdueAfterMs'>,
  ) {}

  /** The last `count` outcomes of each of these tasks that the organization has, in the order of the ids. @throws InvalidInputError */
  async of(organization: string, ids: readonly string[], count: number): Promise<TaskOutcomes[]> {
    const asked = [...new Set(ids)];
    if (asked.length * count > MOST_OUTCOMES) {
      const detail = `with ${asked.length} ids must be ${Math.floor(MOST_OUTCOMES / asked.length)} at most`;
      throw new InvalidInputError([{ pointer: '/count', detail }]);
    }
    const told: TaskOutcomes[] = [];
    const timetablesOf = await this.times.ofMany(organization);
    for (const part of chunksOf(asked, AT_ONCE)) {
      const found = (await this.tasks.byIds(part)).filter((task) => task.organization === organization);
      const limit = Math.max(count, LOOKED_BACK);
      const range = { from: EARLIEST, before: LATEST, limit };
      const own = found.map(({ id }) => id);
      if (own.length === 0) continue;
      const runs = await this.past.runs(organization, own, range);
      const each = await Promise.all(
        found.map(async (task) => {
          if (this.turns.isOver(organization)) await this.turns.next(organization);
          const entries = await this.ledger.latest(task, this.clock.now() + 1, count, timetablesOf(task));
          return this.told(task, runs.get(task.id)!.runs, entries, count);
        }),
      );
      const places = new Map(part.map((id, place) => [id, place]));
      told.push(...each.sort((a, b) => places.get(a.taskId)! - places.get(b.taskId)!));
    }
    return told;
  }

  private told(task: Task, runs: readonly RunOutline[], entries: readonly LedgerEntry[], count: number): TaskOutcomes {
    const all: LatestOutcome[] = [
      ...runs.map((run) => ({ from: run.scheduledFor, to: run.scheduledFor, count: 1, outcome: run.state, run })),
      ...entries.map(({ from, to, count: several, outcome }) => ({ from, to, count: several, outcome })),
    ];
    const due = task.state === 'active' ? (task.next?.dueAt ?? null) : null;
    return {
      taskId: task.id,
      outcomes: all.sort((a, b) => a.from - b.from || a.to - b.to).slice(-count),
      failuresInRow: failuresInRow(runs),
      lastSuccessAt: runs.find(({ state }) => state === 'succeeded')?.finishedAt ?? null,
      overdueSince: due !== null && due < this.clock.now() - this.settings.overdueAfterMs ? due : null,
    };
  }
}

/** How many of the runs, newest first, failed before one succeeded; what did not end by itself changes nothing. */
export function failuresInRow(runs: readonly Pick<RunOutline, 'state'>[]): number {
  const ended = runs.filter((run) => run.state === 'succeeded' || hasFailed(run));
  const success = ended.findIndex(({ state }) => state === 'succeeded');
  return success < 0 ? ended.length : success;
}
