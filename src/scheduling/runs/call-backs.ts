import { Injectable } from '@nestjs/common';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import { Clock } from '../../clock/clock.js';
import { InvalidInputError, NotFoundError, StateConflictError } from '../../domain/errors.js';
import { isFinished, type Heartbeat, type Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { AttemptHooks } from '../../integrations/hooks/attempt-hooks.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { CallbackTokens } from '../../secrets/callback-tokens.js';
import { Redactor } from '../../secrets/redact.js';
import { SealedSecretError } from '../../secrets/sealer.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { ExecutionOrchestrator } from '../execution/execution-orchestrator.js';
import { ToldRuns } from '../holding/told-runs.js';
import { outcomeOf, type AttemptEnd } from '../planning/attempt-end.js';
import { heartbeatSpacingMs } from '../planning/heartbeat-spacing.js';
import { hasCallback, heartbeatTimeoutOf } from '../planning/obstacle.js';
import { ProgressPlanner } from '../planning/progress-planner.js';
import { RunReads } from '../ports/run.reads.js';
import { changeOf, RunStore } from '../ports/run.store.js';
import { TaskStore } from '../ports/task.store.js';
import {
  demandShort,
  endOf,
  hasEndedBy,
  isRepeated,
  isUnderWay,
  lateSentence,
  type Completion,
  type SignOfLife,
} from './completion.js';
import { HeartbeatPace } from './heartbeat-pace.js';
import { requestOf } from './run-requests.js';

/** How often a completion looks at its run anew when somebody else changed that in between. */
const MOST_LOOKS = 5;
/** How many earlier attempts of a run are tried to tell an old token from a wrong one. */
const MOST_EARLIER = 200;

/**
 * Takes the call-backs and heartbeats of receivers. They may come before the response to the request that they follow,
 * on any instance, and while the run's own instance restarts: the run as it is stored decides.
 */
@Injectable()
export class CallBacks {
  private readonly pace = new HeartbeatPace();

  constructor(
    private readonly store: RunStore,
    private readonly told: ToldRuns,
    private readonly reads: RunReads,
    private readonly tasks: TaskStore,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly planner: ProgressPlanner,
    private readonly tokens: CallbackTokens,
    private readonly secrets: SecretsService,
    private readonly events: LifecycleEvents,
    private readonly hooks: AttemptHooks,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
  ) {}

  /**
   * Ends an attempt that waits for its call-back. The same outcome again changes nothing.
   * @throws NotFoundError, InvalidInputError when the token is not of this run, StateConflictError when the attempt
   * ended otherwise.
   */
  async complete(organization: string, id: string, completion: Completion): Promise<Run> {
    demandShort(completion.output);
    for (let look = 0; look < MOST_LOOKS; look++) {
      const run = await this.demand(organization, id);
      const attempt = this.attemptOf(run, completion.token);
      if (isRepeated(run, attempt, completion)) return run;
      if (!isUnderWay(run, attempt)) throw new StateConflictError(lateSentence(run, attempt));
      const task = await this.taskOf(run);
      if (!(await this.apply(run, task, endOf(completion, this.redactorFor(task, completion.token))))) continue;
      const done = await this.demand(organization, id);
      if (!hasEndedBy(done, attempt, completion)) continue;
      await this.audit.record(requestOf('run.completed', done));
      return done;
    }
    throw new StateConflictError('The run does not wait for this call-back any more.');
  }

  /** Takes a sign of life of an attempt that waits for its call-back. Throws as `complete` does. */
  async heartbeat(organization: string, id: string, { token, percent, message }: SignOfLife): Promise<Run> {
    const run = await this.demand(organization, id);
    const attempt = this.attemptOf(run, token);
    if (!isUnderWay(run, attempt)) throw new StateConflictError(lateSentence(run, attempt));
    const task = await this.taskOf(run);
    const at = this.clock.now();
    const heartbeat: Heartbeat = {
      attempt,
      at,
      ...(percent !== undefined && { percent }),
      ...(message !== undefined && { message: this.redactorFor(task, token).text(message) }),
    };
    await this.keep(run, heartbeat, heartbeatSpacingMs(heartbeatTimeoutOf(task)));
    return { ...run, heartbeat };
  }

  private async keep(run: Run, heartbeat: Heartbeat, spacingMs: number): Promise<void> {
    this.orchestrator.hear(run.id, heartbeat);
    if (!this.pace.admits(run.id, heartbeat.attempt, spacingMs, heartbeat.at)) return;
    if (await this.store.heartbeat(run.organization, run.id, heartbeat)) return;
    throw new StateConflictError(`The attempt ${heartbeat.attempt} of the run has already ended.`);
  }

  private async demand(organization: string, id: string): Promise<Run> {
    const run = await this.reads.get(organization, id);
    if (!run) throw new NotFoundError('run', id);
    return run;
  }

  /** The attempt that got the token. */
  private attemptOf(run: Run, token: string): number {
    const last = Math.max(0, run.attempt - MOST_EARLIER);
    for (let attempt = run.attempt; attempt > last; attempt--) {
      if (this.tokens.verify(token, run.id, attempt)) return attempt;
    }
    throw new InvalidInputError([{ pointer: '/token', detail: 'is not a token of this run' }]);
  }

  /** The task under which the attempt waits. @throws StateConflictError when it does not wait */
  private async taskOf(run: Run): Promise<Task> {
    const task =
      this.orchestrator.taskUnderWay(run.id, run.attempt) ?? (await this.tasks.get(run.organization, run.taskId));
    if (!task) throw new StateConflictError('The task of the run was deleted.');
    if (!hasCallback(task)) throw new StateConflictError('The run does not wait for a call-back.');
    return task;
  }

  /** Everything confidential that a receiver got, so that nothing of it is kept when it comes back. */
  private redactorFor(task: Task, token: string): Redactor {
    return new Redactor([...this.secretsOf(task), token]);
  }

  private secretsOf(task: Task): string[] {
    try {
      return Object.values(this.secrets.openAll(task));
    } catch (error) {
      if (error instanceof SealedSecretError) return [];
      throw error;
    }
  }

  /**
   * Ends the attempt; resolves to false if something else ended it first, or somebody took the run over. Where this instance
   * holds it, another may still have written another end.
   */
  private async apply(run: Run, task: Task, end: AttemptEnd): Promise<boolean> {
    if (this.orchestrator.completeCallback(run.id, run.attempt, end)) {
      await this.orchestrator.ended(run.id);
      return true;
    }
    // Something else is ending it here.
    if (this.orchestrator.taskUnderWay(run.id, run.attempt)) await this.orchestrator.ended(run.id);
    const now = this.clock.now();
    // Its own instance may not have written yet that it is running.
    const begun: Run = { ...run, state: 'running', startedAt: run.startedAt ?? now };
    const progress = this.planner.after(begun, task, end, begun.startedAt!, now);
    const told = this.hooks.anyAfter ? outcomeOf(end) : null;
    if (told) await this.hooks.after({ run: begun, task }, told);
    const handedOn = isFinished(progress.state) ? progress : { ...progress, owner: null };
    if (!(await this.told.updateOne(run, task, changeOf(run, handedOn)))) return false;
    if (isFinished(progress.state)) this.events.emit('run.finished', { run: { ...begun, ...progress }, task });
    return true;
  }
}
