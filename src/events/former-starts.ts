import type { ReceivedEvent } from '../domain/event.js';
import { eventRunId } from '../domain/ids.js';
import type { Run } from '../domain/run.js';
import type { RunOfEvent, RunStore } from '../scheduling/ports/run.store.js';

/** How the reason of a run begins that was recorded because an event did not start it. */
export const BEYOND = 'the event may start';
export const TOO_DEEP = 'the chain is too long';

/** Whether the run stands for one that an event did not start: nothing was done, so nothing follows from its end. */
export const isRefusal = ({ state, reason }: Pick<Run, 'state' | 'reason'>): boolean =>
  state === 'skipped' && reason !== null && (reason.startsWith(BEYOND) || isTooDeep({ reason }));

/** Whether that was for the length of its chain. */
export const isTooDeep = ({ reason }: Pick<Run, 'reason'>): boolean => reason?.startsWith(TOO_DEEP) ?? false;

/** How many runs are read at once: each carries the data of its event. */
const PAGE = 50;

/** What came of an event when it was dispatched before, as far as that is stored. */
export class FormerStarts {
  /** The ids of the runs that the event started, by task. */
  readonly started = new Map<string, string>();
  /** The tasks that it did not start, as far as that was recorded. */
  readonly refused = new Set<string>();
  /** How many runs it used up, with those that may follow. */
  used = 0;

  /** Reads what the event started; others may have been received at the same instant. */
  static async of(runs: RunStore, organization: string, event: ReceivedEvent): Promise<FormerStarts> {
    const former = new FormerStarts();
    for (let after: string | undefined; ;) {
      const page = await runs.ofEvents(organization, event.receivedAt, { after, limit: PAGE });
      for (const run of page) if (run.id === eventRunId(run.taskId, event.id, event.receivedAt)) former.note(run);
      if (page.length < PAGE) return former;
      after = page.at(-1)!.id;
    }
  }

  has(taskId: string): boolean {
    return this.started.has(taskId) || this.refused.has(taskId);
  }

  private note({ id, taskId, state, reason, descendants }: RunOfEvent): void {
    if (isRefusal({ state, reason })) return void this.refused.add(taskId);
    this.started.set(taskId, id);
    this.used += 1 + (descendants ?? 0);
  }
}
