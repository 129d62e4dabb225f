import { Inject, Injectable, Logger } from '@nestjs/common';
import { company, GroupCommit } from '../../batching/group-commit.js';
import { Clock } from '../../clock/clock.js';
import { OwnWork } from '../../cluster/own-work.js';
import { Presence } from '../../cluster/presence.js';
import type { ReceivedEvent } from '../../domain/event.js';
import { noteTask, sizeOfRun } from '../../domain/held-size.js';
import { eventRunId, newId, timeOfId } from '../../domain/ids.js';
import type { JsonObject } from '../../domain/json.js';
import type { Run } from '../../domain/run.js';
import { traceOfEvent } from '../../domain/run-trace.js';
import type { Task } from '../../domain/task.js';
import { messageOf } from '../../domain/thrown.js';
import { chainOf } from '../../integrations/chained-id.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { LockManager } from '../../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { ExecutionOrchestrator } from '../execution/execution-orchestrator.js';
import { EngineState } from '../holding/engine-state.js';
import { HeldRuns } from '../holding/held-runs.js';
import type { Hold } from '../holding/hold.js';
import { RunSettlement } from '../holding/run-settlement.js';
import { ToldRuns } from '../holding/told-runs.js';
import { OverlapRule } from '../overlap/overlap-rule.js';
import { newRun, type NewRun } from '../planning/new-run.js';
import { DELETED } from '../planning/obstacle.js';
import { ProgressPlanner } from '../planning/progress-planner.js';
import { RunStore } from '../ports/run.store.js';
import { Tracing } from '../../tracing/tracing.js';
import { MOST_READ_BYTES } from '../ports/task-pages.js';
import { TaskStore } from '../ports/task.store.js';

/** How many runs are stored at a time: an event may start thousands, whose records and beginnings would hold up all else. */
const MOST_AT_ONCE = 100;

/** The task for which a run is requested, as it was read at `lookedAt` (monotonic ms). */
export interface Looked {
  task: Task;
  lookedAt: number;
}

/** The requested run, and whether it is new: a run with its id may already have existed. */
export interface Taken {
  run: Run;
  isNew: boolean;
}

/** A run to be stored, its task, and its hold if this instance has a slot for it. */
interface Asked {
  run: Run;
  task: Task;
  hold: Hold | null;
}

/**
 * Takes in runs that no schedule asked for. If this instance has a slot, the run is its own from the first write and
 * starts at once; otherwise it is stored for whichever instance that can run it has a slot first, this one included.
 */
@Injectable()
export class RunIntake {
  private readonly commits: GroupCommit<Asked, boolean>;
  private readonly logger = new Logger(RunIntake.name);

  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly told: ToldRuns,
    private readonly locks: LockManager,
    private readonly dispatcher: Dispatcher,
    private readonly work: OwnWork,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly held: HeldRuns,
    private readonly overlap: OverlapRule,
    private readonly tasks: TaskStore,
    private readonly settlement: RunSettlement,
    private readonly engine: EngineState,
    private readonly planner: ProgressPlanner,
    private readonly events: LifecycleEvents,
    private readonly tracing: Tracing,
    presence: Presence,
    @Inject(ENGINE_SETTINGS) { batchMs }: Pick<EngineSettings, 'batchMs'>,
  ) {
    this.commits = new GroupCommit((asked) => this.store(asked), {
      limit: MOST_AT_ONCE,
      pace: presence.pace(),
      bytes: { most: MOST_READ_BYTES, of: ({ run }: Asked) => sizeOfRun(run) },
      partyOf: ({ run }) => run.organization,
      ...company(clock, batchMs),
    });
  }

  /** Starts a run on request; a repeated request with the same id gets the same run. */
  manual(looked: Looked, id = newId(this.clock.now()), parameters?: JsonObject): Promise<Taken> {
    const what = { id, trigger: 'manual', scheduledFor: timeOfId(id), trace: this.tracing.current() } as const;
    return this.take(looked, { ...what, ...(parameters && { parameters }) });
  }

  /** Starts a run because of an event; the same event and task give the same run. */
  async onEvent(looked: Looked, event: ReceivedEvent): Promise<Run> {
    const id = eventRunId(looked.task.id, event.id, event.receivedAt);
    // Due since the event was received: what its tasks had to wait for until now counts as lateness.
    const dueAt = Math.min(event.receivedAt, this.clock.now());
    const trace = chainOf(event.id).length > 0 ? {} : traceOfEvent(event);
    const what = { id, trigger: 'event', scheduledFor: event.receivedAt, event, ...trace } as const;
    return (await this.take(looked, what, dueAt)).run;
  }

  /** Starts the run of events that waited for each other, under an id that derives from these. Epoch ms. */
  async onWindow(
    looked: Looked,
    what: { id: string; scheduledFor: number; event: ReceivedEvent },
    dueAt: number,
  ): Promise<Run> {
    return (await this.take(looked, { ...what, trigger: 'event' }, dueAt)).run;
  }

  /** Records runs for tasks that an event does not start, and why; a repeated event records nothing new. */
  async refuse(tasks: readonly Task[], event: ReceivedEvent, reason: string): Promise<void> {
    const now = this.clock.now();
    const ended = tasks.map((task) => {
      const id = eventRunId(task.id, event.id, event.receivedAt);
      const what = {
        trigger: 'event',
        scheduledFor: event.receivedAt,
        dueAt: now,
        createdAt: now,
        owner: null,
      } as const;
      const run = newRun(task, { id, event, ...what });
      return { task, run: { ...run, ...this.planner.closed(run, 'skip', reason, now) } };
    });
    const known = await this.told.insertEnded(ended);
    for (const { run, task } of ended) if (!known.has(run.id)) this.events.emit('run.finished', { run, task });
  }

  /**
   * Starts a finished run again under this id, as a new run of the same nominal time, so that its action does the same
   * work.
   */
  again(looked: Looked, run: Run, id: string): Promise<Taken> {
    const { event, parameters } = run;
    const repeated = { id, trigger: 'retry', scheduledFor: run.scheduledFor, retryOf: run.id } as const;
    return this.take(looked, {
      ...repeated,
      trace: this.tracing.current(),
      ...(event && { event }),
      ...(parameters && { parameters }),
    });
  }

  private async take(
    { task, lookedAt }: Looked,
    what: Omit<NewRun, 'dueAt' | 'createdAt' | 'owner'>,
    dueAt = this.clock.now(),
  ): Promise<Taken> {
    const of = (owner: string | null) => newRun(task, { dueAt, createdAt: this.clock.now(), owner, ...what });
    const isOurs = this.engine.isWorking() && this.work.can(task);
    const hold = isOurs ? this.orchestrator.acquireExecutionResources(of(this.locks.owner)) : null;
    const run = hold?.run ?? of(null);
    hold?.know({ run, task, lookedAt });
    // A copy: the caller must not see how the run changes from now on.
    const answer = { ...run, attempts: [] };
    try {
      const isNew = await this.commits.add({ run, task, hold });
      return { run: isNew ? answer : ((await this.runs.get(task.organization, run.id)) ?? answer), isNew };
    } catch (error) {
      this.endClaims([{ run, task, hold }]);
      throw error;
    }
  }

  private async store(asked: Asked[]): Promise<boolean[]> {
    const known = await this.runs.insert(asked.map(({ run }) => run)).catch((error: unknown) => {
      this.engine.doubt();
      throw error;
    });
    const isNew = ({ run }: Asked) => !known.has(run.id);
    this.endClaims(asked.filter((each) => !isNew(each)));
    // Once stored, the runs are acknowledged: what follows must not look like a failure to store them.
    void this.begin(asked.filter(isNew)).catch((error: unknown) => {
      this.endClaims(asked);
      this.engine.doubt();
      this.logger.error(`What was asked for could not be begun, and is looked for again: ${messageOf(error)}`);
    });
    return asked.map(isNew);
  }

  private endClaims(asked: readonly Asked[]): void {
    this.held.endClaims(asked.flatMap(({ hold }) => hold ?? []));
  }

  private async begin(asked: readonly Asked[]): Promise<void> {
    const stored = asked.flatMap(({ hold }) => hold ?? []);
    const [holds] = await Promise.all([this.remaining(stored), this.overlap.lookAround(stored).catch(() => undefined)]);
    this.orchestrator.orchestrateTaskExecution(holds);
    if (!this.engine.isWorking()) return;
    for (const { run, task, hold } of asked) {
      if (hold || !this.work.can(task) || !this.dispatcher.hasRoom(run.organization)) continue;
      noteTask(run, task);
      this.held.keepInMind(run);
    }
  }

  /** Those whose tasks exist: whoever deleted a task before its run was stored did not find that run to cancel it. */
  private async remaining(holds: readonly Hold[]): Promise<Hold[]> {
    if (holds.length === 0) return [];
    const existing = await this.tasks.existingAmong([...new Set(holds.map(({ run }) => run.taskId))]);
    return holds.filter((hold) => {
      const { run } = hold;
      if (existing.has(run.taskId)) return true;
      this.settlement.close(hold, 'cancel', DELETED).catch((error: unknown) => this.settlement.report(run, error));
      return false;
    });
  }
}
