import { Inject, Injectable } from '@nestjs/common';
import { ENGINE } from '../../audit/actor.js';
import { isolated } from '../../batching/isolated.js';
import { Clock } from '../../clock/clock.js';
import { ENGINE_WORK, Turns } from '../../clock/turns.js';
import type { Claim, ClaimResult } from '../../domain/claim.js';
import { occurrenceRunId } from '../../domain/ids.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { LockManager } from '../../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { ActiveRuns } from '../holding/active-runs.js';
import { SetAside } from '../holding/set-aside.js';
import { ToldRuns } from '../holding/told-runs.js';
import { StartLimit } from '../holding/start-limit.js';
import { ArmedElsewhere } from '../overlap/armed-elsewhere.js';
import { OverlapRule } from '../overlap/overlap-rule.js';
import { planClaim } from '../planning/claim-planner.js';
import type { HeldRun } from '../planning/held-run.js';
import { hasBegun } from '../planning/precedence.js';
import { ProgressPlanner } from '../planning/progress-planner.js';
import { resumedTask } from '../planning/task-changes.js';
import { RunStore } from '../ports/run.store.js';
import { TaskStore } from '../ports/task.store.js';
import { BegunSkips } from './begun-skips.js';
import { CompletionWatch } from './completion-watch.js';
import { CurrentTimetables } from './current-timetables.js';
import { FormerClaims } from './former-claims.js';
import { TaskChanger } from './task-changer.js';
import { UnsupportedTasks } from './unsupported-tasks.js';

/** How many runs of a task are searched for the run of an occurrence: nobody asks for more by hand within a moment. */
const PAGE = 100;
/** How many runs of a task with `maxRuns` are counted at most. */
const MOST_COUNTED = 1000;

/** The result of claiming: runs that this instance holds now, and the tasks as they are afterwards. */
export interface Claimed {
  held: HeldRun[];
  moved: Task[];
  /** Tasks that turned out to have been changed, as they are now; `moved` contains them, too. */
  changed: Task[];
}

/** A task with the claim of its next occurrence. */
interface PlannedClaim {
  task: Task;
  claim: Claim;
}

/** Makes due occurrences this instance's own: plans, claims and opens them in one batch. */
@Injectable()
export class Claimer {
  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly told: ToldRuns,
    private readonly tasks: TaskStore,
    private readonly timetables: CurrentTimetables,
    private readonly locks: LockManager,
    private readonly armedElsewhere: ArmedElsewhere,
    private readonly unsupported: UnsupportedTasks,
    private readonly aside: SetAside,
    private readonly activeRuns: ActiveRuns,
    private readonly overlap: OverlapRule,
    private readonly limit: StartLimit,
    private readonly planner: ProgressPlanner,
    private readonly events: LifecycleEvents,
    private readonly completions: CompletionWatch,
    private readonly changer: TaskChanger,
    private readonly former: FormerClaims,
    private readonly skips: BegunSkips,
    private readonly turns: Turns,
    @Inject(ENGINE_SETTINGS) private readonly engine: Pick<EngineSettings, 'armingMs'>,
  ) {}

  /**
   * Claims the next occurrence of each task, and resumes tasks whose pause has ended. A task for which this fails is
   * set aside.
   */
  async claim(candidates: readonly Task[]): Promise<Claimed> {
    const tasks = this.aside.leaveOut(this.unsupported.leaveOut(candidates));
    const due = await this.counted(await this.claimable(tasks.filter((task) => task.next !== null)));
    const paused = tasks.filter((task) => task.next === null);
    const resumed = await Promise.all(paused.map((task) => this.aside.alone(task, () => this.endPause(task))));
    const planned = await this.planned(due);
    // A run that has begun here, written or not, goes on and must not begin again.
    const underWay = new Set(planned.filter(({ claim: { run } }) => run && this.activeRuns.has(run)));
    const results = await this.open(planned);
    this.tellLeftOut(planned, results);
    const unsure = planned.filter(({ task }, index) => isUnsure(task, results[index])).map(({ task }) => task.id);
    const reread = unsure.length > 0 ? await this.tasks.byIds(unsure) : [];
    for (const task of reread) if (task.state === 'completed') this.completions.expect(task.id);
    const held = planned.flatMap((each, index) => (underWay.has(each) ? [] : heldBy(each, results[index])));
    await this.overlap.lookAround(held);
    const moved = planned.flatMap((each, index) => this.movedOn(each, results[index]));
    return { held, moved: [...moved, ...reread, ...resumed.flatMap((each) => each ?? [])], changed: reread };
  }

  /** The planned claims. A task whose claim cannot be computed is set aside. */
  private async planned(candidates: readonly Task[]): Promise<PlannedClaim[]> {
    const due = await this.skips.settledAll(candidates);
    const timetables = await this.timetables.all(due);
    const before = await this.runsBefore(due);
    const limits = await this.limit.ofOwners([...before.values()]);
    const now = this.clock.now();
    const planned: PlannedClaim[] = [];
    for (const [index, task] of due.entries()) {
      const timetable = timetables[index];
      if (!timetable) continue;
      if (this.turns.isOver(ENGINE_WORK)) await this.turns.next(ENGINE_WORK);
      const former = before.get(task.id);
      try {
        const claim = planClaim(task, timetable, this.locks.owner, now, former?.scheduledFor);
        planned.push({ task, claim: this.after(former, task, claim, limits) });
      } catch (error) {
        this.aside.note(task, error);
      }
    }
    return planned;
  }

  /** Writes the claims; the result of a claim that cannot be written is undefined. */
  private async open(planned: readonly PlannedClaim[]): Promise<(ClaimResult | undefined)[]> {
    const results = await isolated<PlannedClaim, ClaimResult | undefined>(
      planned,
      (part) => this.told.open(part),
      ({ task }, error) => this.aside.note(task, error),
    );
    planned.forEach(({ task }, index) => results[index] && this.aside.clear(task.id));
    return results;
  }

  /** Tells of the occurrences that the claims which were stored left without a run. */
  private tellLeftOut(planned: readonly PlannedClaim[], results: readonly (ClaimResult | undefined)[]): void {
    for (const [index, { task, claim }] of planned.entries()) {
      const isStored = results[index] === 'opened' || (results[index] === 'taken' && claim.run === null);
      if (claim.ledger.length > 0 && isStored)
        this.events.emit('occurrences.left-out', { task, entries: claim.ledger });
    }
  }

  /**
   * The first run of each task from its next occurrence on, if there is one: of tasks that changed while their next
   * occurrences were armed, since an instance may have started it after the change; and of all that are late, since a store
   * without transactions may have got the run and not the rest of its claim. Such a run must not count as missed as well,
   * nor start again under the same number.
   */
  private async runsBefore(due: readonly Task[]): Promise<Map<string, Run>> {
    const now = this.clock.now();
    const { armingMs } = this.engine;
    const doubtful = due.filter(({ generation, next, definition, updatedAt }) => {
      const { dueAt } = next!;
      const wasArmed = dueAt <= now && dueAt <= updatedAt + armingMs;
      return (generation > 1 && wasArmed) || now - dueAt > definition.misfire.graceMs;
    });
    const found = await Promise.all(
      doubtful.map(async ({ id, organization, next }) => {
        const range = { from: next!.scheduledFor, before: now + 1, limit: PAGE };
        const runs = await this.runs.ofTask(organization, id, range);
        return runs.find((run) => run.id === occurrenceRunId(id, run.scheduledFor));
      }),
    );
    return new Map(found.flatMap((run) => (run ? [[run.taskId, run] as const] : [])));
  }

  /**
   * The claim, whose run is the attempt under way here, or goes on after the attempt that a dead instance may have
   * started.
   */
  private after(former: Run | undefined, task: Task, claim: Claim, limits: ReadonlyMap<string, number>): Claim {
    if (!claim.run || former?.id !== claim.run.id || former.state !== 'pending') return claim;
    if (this.activeRuns.has(former)) {
      return { ...claim, run: { ...claim.run, attempt: former.attempt, attempts: former.attempts } };
    }
    const limit = limits.get(former.owner ?? '');
    const { attempts } = this.planner.takenOver(former, task, this.locks.owner, this.clock.now(), limit);
    const attempt = attempts.length > former.attempts.length ? former.attempt + 1 : Math.max(former.attempt, 1);
    return { ...claim, run: { ...claim.run, attempt, attempts } };
  }

  /**
   * The tasks with the counts of runs that `maxRuns` limits. The stored count is used, because a change on another
   * instance may have corrected it; but at least as many runs as exist, because an instance that made a change may have
   * died before it counted what had begun elsewhere.
   */
  private async counted(due: Task[]): Promise<Task[]> {
    const limited = due.filter(({ definition, generation }) => definition.maxRuns !== undefined && generation > 1);
    if (limited.length === 0) return due;
    const stored = await this.tasks.byIds(limited.map(({ id }) => id));
    const counts = new Map(
      await Promise.all(stored.map(async (task) => [task.id, await this.scheduledRunsOf(task)] as const)),
    );
    return due.map((task) => ({ ...task, scheduledRuns: counts.get(task.id) ?? task.scheduledRuns }));
  }

  /**
   * Counts the runs before the next occurrence; later ones count when the task reaches them. A run that was claimed
   * before a change and has come due may have begun, whatever is written about it.
   */
  private async scheduledRunsOf({ organization, id, generation, scheduledRuns, next }: Task): Promise<number> {
    if (next === null) return scheduledRuns;
    const now = this.clock.now();
    const range = { from: 0, before: next.scheduledFor, limit: MOST_COUNTED };
    const runs = await this.runs.ofTask(organization, id, range);
    const isCounted = (run: Run) =>
      run.trigger === 'schedule' && (run.generation === generation || hasBegun(run) || run.dueAt <= now);
    return Math.max(scheduledRuns, runs.filter(isCounted).length);
  }

  /**
   * Leaves out tasks whose occurrence another instance is about to start under the definition before a change. The
   * instance that made the change waits for that and goes on; if it dies, the task is found as overdue.
   */
  private async claimable(due: Task[]): Promise<Task[]> {
    const armed = await this.armedElsewhere.amongChanged(due);
    return armed.size === 0 ? due : due.filter(({ id }) => !armed.has(id));
  }

  private movedOn({ task, claim }: PlannedClaim, result: ClaimResult | undefined): Task[] {
    if (result === undefined || isUnsure(task, result)) return [];
    const scheduledRuns = task.scheduledRuns + (claim.run ? 1 : 0);
    const moved = { ...task, next: claim.next, state: claim.state, scheduledRuns, claimedUntil: claim.dueAt };
    // Whoever ends the last run looks again.
    if (moved.state === 'completed' && !claim.run) this.completions.expect(task.id);
    return [moved];
  }

  /**
   * Resumes a task whose pause is over: whichever instance writes this first has resumed it. As long as something may
   * start that was claimed before the pause, the task is left to a later search for what is overdue.
   */
  private async endPause(task: Task): Promise<Task[]> {
    if (!(await this.former.settle(task))) return [];
    // However late this is noticed: occurrences due at the end of the pause or later count, and none before.
    const since = Math.max(task.since, task.pausedUntil! - 1);
    const timetables = await this.timetables.of(task);
    const now = this.clock.now();
    const resumed = resumedTask(task, timetables, now, since);
    const planned = { before: task, after: resumed, old: timetables, renewed: timetables, now };
    const change = await this.changer.make(planned, { change: 'resumed', actor: ENGINE });
    if (!change) return this.tasks.byIds([task.id]);
    this.events.emit('task.changed', { change: 'resumed', task: change });
    return [change];
  }
}

/**
 * Whether the task has to be read to know how it is after its claim. Where others had taken the occurrence, they may have
 * taken some before it, too, that count.
 */
const isUnsure = ({ definition }: Task, result: ClaimResult | undefined): boolean =>
  result === 'stale' || (result === 'taken' && definition.maxRuns !== undefined);

/** The run of an opened claim, with the task as it was before the claim, because that is what the run belongs to. */
const heldBy = ({ task, claim: { run } }: PlannedClaim, result: ClaimResult | undefined): HeldRun[] =>
  result === 'opened' && run ? [{ run, task }] : [];
