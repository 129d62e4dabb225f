import { derivedId } from '../domain/ids.js';
import type { LedgerEntry, LedgerOutcome } from '../domain/ledger.js';
import type { Run, RunState } from '../domain/run.js';
import { wakeAt, type Task } from '../domain/task.js';
import { copyOf, type MemoryData } from './memory/memory-data.js';

/** What became of an occurrence, or of a stretch of them that did not run. */
export interface TestOutcome {
  outcome: RunState | LedgerOutcome;
  /** The nominal time: of the occurrence, or of the first and of the last one of the stretch. */
  at: Date;
  to: Date;
  /** How many occurrences it stands for. */
  count: number;
  /** Why it did not succeed or did not run; null when there is nothing to say. */
  reason: string | null;
  /** The run, if there was one. */
  run: Run | null;
  taskId: string;
}

/** What a test finds in the stores: tasks, by all that they may be called, and what became of them. */
export class Findings {
  constructor(
    private readonly stores: readonly MemoryData[],
    /** The names of all handlers. */
    private readonly handlers: () => readonly string[],
  ) {}

  /**
   * The tasks that are called this: by id, by the key that they were scheduled under, by name, or by the name of their
   * handler. All, without a name. @throws Error with a sentence when nothing is called this
   */
  tasks(called?: string): Task[] {
    const all = this.stores.flatMap(({ tasks }) => [...tasks.values()]);
    if (called === undefined) return copyOf(all);
    const found = all.filter((task) => isCalled(task, called));
    const isKnown = found.length > 0 || this.handlers().includes(called) || this.hasRunOf(called);
    if (!isKnown)
      throw new Error(`There is no task and no handler ${JSON.stringify(called)}. ${this.whatThereIs(all)}`);
    return copyOf(found);
  }

  /** The runs of the tasks that are called this, in their nominal order. */
  runs(called?: string): Run[] {
    const ids = this.idsOf(called);
    const runs = this.stores.flatMap((store) => [...store.runs.values()]);
    const found = ids === null ? runs : runs.filter(({ taskId }) => ids.has(taskId));
    return copyOf(found.sort((a, b) => a.scheduledFor - b.scheduledFor || (a.id < b.id ? -1 : 1)));
  }

  /** What became of their occurrences so far, in their nominal order. What is claimed ahead of its time is left out. */
  outcomes(called: string | undefined, now: number): TestOutcome[] {
    const ids = this.idsOf(called);
    const entries = this.stores.flatMap(({ ledger }) =>
      [...ledger].flatMap(([taskId, told]) => (ids === null || ids.has(taskId) ? told : [])),
    );
    const runs = this.runs(called).filter((run) => run.dueAt <= now || run.attempts.length > 0);
    return [...runs.map(outcomeOfRun), ...entries.map(outcomeOfEntry)].sort((a, b) => a.at.getTime() - b.at.getTime());
  }

  /** When one of them is due next (epoch ms); null when none is. */
  nextDue(called?: string): number | null {
    const due = this.tasks(called).flatMap((task) => wakeAt(task) ?? []);
    return due.length > 0 ? Math.min(...due) : null;
  }

  private idsOf(called: string | undefined): Set<string> | null {
    return called === undefined ? null : new Set([called, ...this.tasks(called).map(({ id }) => id)]);
  }

  private hasRunOf(taskId: string): boolean {
    return this.stores.some(({ runs }) => [...runs.values()].some((run) => run.taskId === taskId));
  }

  private whatThereIs(tasks: readonly Task[]): string {
    const names = (of: readonly string[]) => (of.length > 0 ? [...new Set(of)].map((name) => JSON.stringify(name)).join(', ') : 'none'); // prettier-ignore
    return `Tasks: ${names(tasks.map(({ definition }) => definition.name))}. Handlers: ${names(this.handlers())}.`;
  }
}

const isCalled = ({ id, organization, definition: { name, action } }: Task, called: string): boolean =>
  id === called ||
  name === called ||
  (action.type === 'handler' && action.name === called) ||
  id === derivedId(0, 'task', organization, called);

const outcomeOfRun = (run: Run): TestOutcome => {
  const at = new Date(run.scheduledFor);
  const error = run.attempts.at(-1)?.error;
  const reason = run.state === 'succeeded' ? null : (run.reason ?? (error ? `${error.code}: ${error.message}` : null));
  return { outcome: run.state, at, to: at, count: 1, reason, run, taskId: run.taskId };
};

const outcomeOfEntry = ({ outcome, from, to, count, reason, taskId }: LedgerEntry): TestOutcome => ({
  ...{ outcome, at: new Date(from), to: new Date(to), count, reason, run: null, taskId },
});
