import { Inject, Injectable } from '@nestjs/common';
import { ENGINE } from '../audit/actor.js';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { taskDifferences } from '../audit/differences.js';
import { Clock } from '../clock/clock.js';
import { ENGINE_WORK, Turns } from '../clock/turns.js';
import { occurrenceRunId } from '../domain/ids.js';
import type { Run, RunProgress } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { accounted } from '../ledger/accounting.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { isolated } from '../storage/isolated.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { ArmedElsewhere } from './armed-elsewhere.js';
import { AttemptOutcome, progressOf } from './attempt-outcome.js';
import { planClaim } from './claim-planner.js';
import { CurrentTimetables } from './current-timetables.js';
import { ForeignTasks } from './foreign-tasks.js';
import type { HeldRun } from './held-run.js';
import { isVoid } from './outdated-runs.js';
import { hasBegun, OverlapRule } from './overlap-rule.js';
import { RunBook } from './run-book.js';
import { SetAside } from './set-aside.js';
import { StartLimit } from './start-limit.js';
import { resumedTask } from './task-changes.js';
import { RunStore, type Claim, type ClaimResult } from './run.store.js';
import { TaskStore } from './task.store.js';
import { WaitingMarks } from './waiting-marks.js';

/** Among how many runs of a task one of an occurrence is looked for: more were not asked for by hand within a moment. */
const PAGE = 100;
/** Up to how many runs of a task with `maxRuns` are counted. */
const MOST_COUNTED = 1000;

/** What came of claiming: runs that are ours now, and tasks as they are after it. */
export interface Claimed {
  held: HeldRun[];
  moved: Task[];
  /** Tasks that turned out to have been changed, as they are now; also among those that moved. */
  changed: Task[];
}

/** A task with the claim of its next occurrence. */
interface PlannedClaim {
  task: Task;
  claim: Claim;
}

/** Makes due occurrences ours: plans, claims and opens them in one batch, and looks again at what was ours already. */
@Injectable()
export class ClaimDesk {
  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly tasks: TaskStore,
    private readonly timetables: CurrentTimetables,
    private readonly locks: LockManager,
    private readonly armedElsewhere: ArmedElsewhere,
    private readonly foreign: ForeignTasks,
    private readonly aside: SetAside,
    private readonly book: RunBook,
    private readonly overlap: OverlapRule,
    private readonly limit: StartLimit,
    private readonly marks: WaitingMarks,
    private readonly outcome: AttemptOutcome,
    private readonly events: LifecycleEvents,
    private readonly audit: AuditRecorder,
    private readonly turns: Turns,
    @Inject(ENGINE_SETTINGS) private readonly engine: Pick<EngineSettings, 'armingMs'>,
  ) {}

  /** Claims the next occurrence of each task, and resumes those whose pause has ended. A task for which that fails is set aside. */
  async claim(candidates: readonly Task[]): Promise<Claimed> {
    const tasks = this.aside.leaveOut(this.foreign.leaveOut(candidates));
    const due = await this.counted(await this.claimable(tasks.filter((task) => task.next !== null)));
    const paused = tasks.filter((task) => task.next === null);
    const resumed = await Promise.all(paused.map((task) => this.aside.alone(task, () => this.endPause(task))));
    const planned = await this.planned(due);
    // What has begun here, be that written or not, goes on, and must not begin again.
    const underWay = new Set(planned.filter(({ claim: { run } }) => run && this.book.has(run)));
    const results = await this.open(planned);
    const stale = planned.filter((_, index) => results[index] === 'stale').map(({ task }) => task.id);
    const reread = stale.length > 0 ? await this.tasks.byIds(stale) : [];
    const held = planned.flatMap((each, index) => (underWay.has(each) ? [] : heldBy(each, results[index])));
    await this.overlap.lookAround(held);
    const moved = planned.flatMap((each, index) => this.movedOn(each, results[index]));
    return { held, moved: [...moved, ...reread, ...resumed.flatMap((each) => each ?? [])], changed: reread };
  }

  /** The claims of those tasks for which they can be worked out. */
  private async planned(due: readonly Task[]): Promise<PlannedClaim[]> {
    const timetables = await this.timetables.all(due);
    const before = await this.runsBefore(due);
    const now = this.clock.now();
    const planned: PlannedClaim[] = [];
    for (const [index, task] of due.entries()) {
      const timetable = timetables[index];
      if (!timetable) continue;
      if (this.turns.isOver(ENGINE_WORK)) await this.turns.next(ENGINE_WORK);
      const former = before.get(task.id);
      try {
        const claim = planClaim(task, timetable, this.locks.owner, now, former?.scheduledFor);
        planned.push({ task, claim: this.after(former, task, claim) });
      } catch (error) {
        this.aside.note(task, error);
      }
    }
    return planned;
  }

  /** Writes the claims; undefined for one that cannot be written. */
  private async open(planned: readonly PlannedClaim[]): Promise<(ClaimResult | undefined)[]> {
    const results = await isolated<PlannedClaim, ClaimResult | undefined>(
      planned,
      (part) => this.runs.open(part.map(({ claim }) => claim)),
      ({ task }, error) => this.aside.note(task, error),
    );
    planned.forEach(({ task }, index) => results[index] && this.aside.clear(task.id));
    return results;
  }

  /** Deletes runs that are armed no more because their task has changed. */
  async withdraw(runs: readonly Run[]): Promise<void> {
    if (runs.length > 0) await this.runs.withdraw(runs);
  }

  /**
   * The first run of each task that was changed while its next occurrences were armed, where an instance may have gone on
   * to start it: found late, it must not be told as missed, and not start again under the same number.
   */
  private async runsBefore(due: readonly Task[]): Promise<Map<string, Run>> {
    const now = this.clock.now();
    const { armingMs } = this.engine;
    const doubtful = due.filter(({ generation, next, definition, updatedAt }) => {
      const { dueAt } = next!;
      const wasArmed = dueAt <= now && dueAt <= updatedAt + armingMs;
      return generation > 1 && (wasArmed || now - dueAt > definition.misfire.graceMs);
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

  /** The claim whose run is the attempt under way here, or goes on after the one that a dead instance may have started. */
  private after(former: Run | undefined, task: Task, claim: Claim): Claim {
    if (!claim.run || former?.id !== claim.run.id || former.state !== 'pending') return claim;
    if (this.book.has(former)) {
      return { ...claim, run: { ...claim.run, attempt: former.attempt, attempts: former.attempts } };
    }
    const { attempts } = this.outcome.takenOver(former, task, this.locks.owner, this.clock.now());
    const attempt = attempts.length > former.attempts.length ? former.attempt + 1 : Math.max(former.attempt, 1);
    return { ...claim, run: { ...claim.run, attempt, attempts } };
  }

  /**
   * With the numbers of runs that `maxRuns` goes by: as the store knows them, for a change elsewhere may have corrected them;
   * but no less than there are, for whoever made a change may not have lived to count what had begun elsewhere.
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
   * Counts the runs before the next occurrence: those from there on count when the task comes to them. What was claimed
   * before a change and has come due may have begun, whatever is written of it.
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
   * Leaves out tasks whose occurrence another instance is about to start as it was before a change. Whoever made the
   * change waits for that and goes on; should it die, the task is found as overdue.
   */
  private async claimable(due: Task[]): Promise<Task[]> {
    const armed = await this.armedElsewhere.amongChanged(due);
    return armed.size === 0 ? due : due.filter(({ id }) => !armed.has(id));
  }

  /**
   * Makes runs that are ours or nobody's, and start late, ours for certain; they start under the definition of today, and
   * those from which a change has taken their instant not at all.
   */
  async resume(runs: readonly Run[]): Promise<HeldRun[]> {
    if (runs.length === 0) return [];
    const lookedAt = this.clock.monotonic();
    const tasks = new Map(
      (await this.tasks.byIds([...new Set(runs.map(({ taskId }) => taskId))])).map((task) => [task.id, task]),
    );
    const held: HeldRun[] = [];
    const voided: Run[] = [];
    for (const run of runs) {
      const task = tasks.get(run.taskId);
      if (!task) await this.cancelOrphan(run);
      else if (isVoid(run, task)) voided.push(run);
      else held.push({ run, task, lookedAt });
    }
    await this.withdraw(voided);
    const ours = await this.stillOurs(held);
    await this.overlap.lookAround(ours);
    return ours;
  }

  /** Takes the runs that nobody holds, and drops those that somebody took over: what starts late asks the store. */
  private async stillOurs(held: HeldRun[]): Promise<HeldRun[]> {
    // What starts right after this is announced beside it.
    void this.limit.reach(this.clock.now());
    await Promise.all(held.map(({ run }) => this.marks.resume(run)));
    const changes = held.map(({ run, task }) => ({
      id: run.id,
      expected: { owner: run.owner, attempt: run.attempt },
      progress:
        run.owner === null ? this.outcome.takenOver(run, task, this.locks.owner, this.clock.now()) : progressOf(run),
    }));
    const accepted = await this.runs.update(changes);
    held.forEach(({ run }, index) => this.resumed(run, changes[index]!.progress, accepted));
    return held.filter(({ run }) => accepted.has(run.id));
  }

  private resumed(run: Run, progress: RunProgress, accepted: ReadonlySet<string>): void {
    if (run.owner === null) this.overlap.cameBack(run);
    Object.assign(run, progress);
    if (!accepted.has(run.id)) this.book.leave(run);
  }

  private async cancelOrphan(run: Run): Promise<void> {
    const progress = this.outcome.closed(run, 'cancel', 'the task was deleted', this.clock.now());
    await this.runs.update([{ id: run.id, expected: { owner: run.owner, attempt: run.attempt }, progress }]);
    this.book.leave(run);
  }

  private movedOn({ task, claim }: PlannedClaim, result: ClaimResult | undefined): Task[] {
    if (result === 'stale' || result === undefined) return [];
    const scheduledRuns = task.scheduledRuns + (claim.run ? 1 : 0);
    const moved = { ...task, next: claim.next, state: claim.state, scheduledRuns, claimedUntil: claim.dueAt };
    if (moved.state === 'completed') this.events.emit('task.changed', { change: 'completed', task: moved });
    return [moved];
  }

  /** A pause whose end has come: whichever instance writes it first has resumed the task. */
  private async endPause(task: Task): Promise<Task[]> {
    // Whenever this is noticed: what is due at the end of the pause or after it counts, and nothing before it.
    const since = Math.max(task.since, task.pausedUntil! - 1);
    const timetables = await this.timetables.of(task);
    const now = this.clock.now();
    const resumed = resumedTask(task, timetables, now, since);
    const { task: change, ledger } = accounted(task, resumed, timetables, timetables, now);
    const done = await this.tasks.replace(task.organization, change, task, ledger);
    if (!done) return this.tasks.byIds([task.id]);
    await this.audit.record({
      organization: task.organization,
      action: 'task.resumed',
      object: { type: 'task', id: task.id },
      ...taskDifferences(task, change),
      actor: ENGINE,
    });
    this.events.emit('task.changed', { change: 'resumed', task: change });
    return [change];
  }
}

/** The run of an opened claim; the task counts as of before the claim, for that is what the run belongs to. */
const heldBy = ({ task, claim: { run } }: PlannedClaim, result: ClaimResult | undefined): HeldRun[] =>
  result === 'opened' && run ? [{ run, task }] : [];
