import { occurrenceRunId } from '../../../src/domain/ids.js';
import { BY_SKIP } from '../../../src/domain/skip.js';
import type { Task } from '../../../src/domain/task.js';
import { untold } from '../../../src/scheduling/planning/accounting.js';
import { hasBegun } from '../../../src/scheduling/planning/precedence.js';
import { TriggerResolver } from '../../../src/triggers/trigger-resolver.js';
import type { Observer, Request, Start } from '../world/chronicle.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/** A skip that was answered, unless somebody has asked to take it back since. */
interface Standing {
  taskId: string;
  at: number;
}

/** An occurrence whose skip was answered does not start, and the ledger tells of it once. */
export class Skips implements Observer {
  private readonly standing = new Map<string, Standing>();
  /** What somebody has asked to take back: whichever request came first, it may run. */
  private readonly doubtful = new Set<string>();
  /** Tasks whose triggers have changed, so that a skipped instant may be none of their occurrences any more. */
  private readonly retimed = new Set<string>();
  private readonly triggers = new Map<string, string>();
  private readonly resolver = new TriggerResolver();

  constructor(private readonly world: World) {}

  applied({ port, method, parts }: Call, result: unknown): void {
    if (port !== 'tasks' || method !== 'replace' || result !== true) return;
    const { id, definition } = parts[1] as Task;
    const triggers = JSON.stringify(definition.triggers);
    if ((this.triggers.get(id) ?? triggers) !== triggers) this.retimed.add(id);
    this.triggers.set(id, triggers);
  }

  requested({ kind, taskId, occurrence }: Request): void {
    if (kind !== 'restore') return;
    this.standing.delete(`${taskId} ${occurrence}`);
    this.doubtful.add(`${taskId} ${occurrence}`);
  }

  answered({ kind, taskId, occurrence }: Request): void {
    const key = `${taskId} ${occurrence}`;
    if (kind === 'skip' && !this.doubtful.has(key)) this.standing.set(key, { taskId: taskId!, at: occurrence! });
  }

  started({ runId, taskId, trigger, scheduledFor, attempt }: Start): void {
    if (trigger !== 'schedule' || this.world.clocksAreWrong) return;
    if (!this.standing.has(`${taskId} ${scheduledFor}`)) return;
    this.violate(`attempt ${attempt} of run ${runId} starts, whose occurrence was skipped`, taskId, runId);
  }

  atTheEnd(): void {
    if (this.world.clocksAreWrong) return;
    for (const { taskId, at } of this.standing.values()) {
      const task = this.world.data.tasks.get(taskId);
      if (task && at <= this.world.timeline.now) this.judge(task, at);
    }
  }

  private judge(task: Task, at: number): void {
    const { data, timeline } = this.world;
    const what = `the skipped occurrence ${new Date(at).toISOString()} of task ${task.id}`;
    const run = data.runs.get(occurrenceRunId(task.id, at));
    const told = [...data.ledgerOf(task.id), ...untold(task, this.resolver, Math.floor(timeline.now))];
    const entries = told.filter(({ from, to, reason }) => from === at && to === at && reason.startsWith(BY_SKIP));
    // Somebody may have cancelled the run that was about to be taken back.
    const outcomes = entries.length + (run?.trigger === 'schedule' && hasBegun(run) ? 1 : 0);
    const mayBeGone = this.retimed.has(task.id) || task.definition.maxRuns !== undefined;
    if (outcomes > 1 || (outcomes === 0 && !mayBeGone)) this.violate(`${what} has ${outcomes} outcomes`, task.id);
  }

  private violate(what: string, ...about: string[]): void {
    this.world.chronicle.violate('skips', what, ...about);
  }
}
