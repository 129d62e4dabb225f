import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import type { HeldRun } from '../planning/held-run.js';
import type { Owned } from '../queues/due-in-turns.js';
import type { Assignment } from './assignment.js';
import type { Phase } from './phases.js';

/** What this instance holds of one run: the run, its task, and its phase. Only `HeldRuns` moves it on. */
export class Hold implements HeldRun, Owned {
  readonly phase: Phase = 'new';
  turn = 0;
  position = 0;
  /** When the run wants to go on (epoch ms), if that is not when it is due. */
  private at: number | undefined;
  /** The attempt under way, or before it `lookedAt`: many runs are held, and a field of each takes 8 bytes. */
  private detail: Assignment | number | undefined;

  constructor(
    private knownRun?: Run,
    private knownTask?: Task,
  ) {}

  get organization(): string {
    return (this.knownRun ?? this.task).organization;
  }

  /** When the run wants to go on in its phase (epoch ms). */
  get dueAt(): number {
    return this.at ?? this.run.dueAt;
  }

  /** The attempt under way, until its end is written. */
  get assignment(): Assignment | undefined {
    return typeof this.detail === 'object' ? this.detail : undefined;
  }

  set assignment(assignment: Assignment | undefined) {
    this.detail = assignment;
  }

  /** When the task was last read (monotonic ms), if that was after the claim; without meaning once an attempt is under way. */
  get lookedAt(): number | undefined {
    return typeof this.detail === 'number' ? this.detail : undefined;
  }

  set lookedAt(instant: number | undefined) {
    if (!this.isUnderWay) this.detail = instant;
  }

  /** Whether the run is known; it is not while the next occurrence of a task is being claimed. */
  get isKnown(): boolean {
    return this.knownRun !== undefined;
  }

  get run(): Run {
    if (!this.knownRun) throw new Error(`A run was asked for that is not known yet (${this.phase}).`);
    return this.knownRun;
  }

  /**
   * The task as it was when the run was claimed or the task last read. A `ready` run has none, and has its task read
   * anew.
   */
  get task(): Task {
    if (!this.knownTask) throw new Error(`The task of run ${this.knownRun?.id} is not known (${this.phase}).`);
    return this.knownTask;
  }

  /** Undefined if the task is not known. */
  get taskId(): string | undefined {
    return this.knownTask?.id;
  }

  /** Whether an attempt has begun without its end being written. */
  get isUnderWay(): boolean {
    return typeof this.detail === 'object';
  }

  /** Lets the run go on at `instant` (epoch ms); undefined stands for when it is due. */
  comeAt(instant: number | undefined): void {
    this.at = instant === this.knownRun?.dueAt ? undefined : instant;
  }

  /** Sets the run and its task. */
  know({ run, task, lookedAt }: HeldRun): void {
    this.knownRun = run;
    this.knownTask = task;
    this.lookedAt = lookedAt;
  }

  /** Drops the task, because it may change before the run goes on. */
  forgetTask(): void {
    this.knownTask = undefined;
    this.lookedAt = undefined;
  }
}
