import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { tasksMovedBy, type Claim, type ClaimResult } from '../../domain/claim.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import type { Telling } from '../../domain/telling.js';
import { Outbox, type Draft } from '../../outbox/outbox.js';
import type { HeldRun } from '../planning/held-run.js';
import { begunBy, stepsOf, type About } from '../planning/run-steps.js';
import { changeOf, RunStore, type RunChange } from '../ports/run.store.js';
import { missedDrafts } from './missed-drafts.js';

/** A change of a run, with whom it is about. */
export interface ToldChange extends About {
  change: RunChange;
}

/** A claim, with its task as it was before. */
export interface ToldClaim {
  claim: Claim;
  task: Task;
}

/** Of how many runs under way is known that their attempt is told. */
const MOST_BEGUN = 100_000;

/** Writes changes of runs together with what is told of them. */
@Injectable()
export class ToldRuns {
  /** The attempt of a run of which is told that it has begun. */
  private readonly begun = new Map<string, number>();

  constructor(
    private readonly runs: RunStore,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /** As `RunStore.update`. */
  async update(told: readonly ToldChange[]): Promise<Set<string>> {
    const changes = told.map(({ change }) => change);
    if (!this.outbox.isOn) return this.runs.update(changes);
    const drafts = told.flatMap((each) => this.draftsOf(each));
    const accepted = await this.write(drafts, (tellings) => this.runs.update(changes, tellings));
    for (const change of changes) if (accepted.has(change.id)) this.note(change);
    return accepted;
  }

  /** As `RunStore.open`; each task comes once. */
  async open(told: readonly ToldClaim[]): Promise<ClaimResult[]> {
    const claims = told.map(({ claim }) => claim);
    if (!this.outbox.isOn) return this.runs.open(claims);
    const now = this.clock.now();
    const drafts = told.flatMap(({ claim, task }) => missedDrafts(task, claim.ledger, now));
    let made = new Set<string>();
    const write = async (tellings?: readonly Telling[]) => {
      const results = await this.runs.open(claims, tellings);
      made = tasksMovedBy(claims, results);
      return results;
    };
    return this.outbox.tell(drafts, write, (_, taskId) => made.has(taskId));
  }

  /** The change of one run; resolves to whether it was accepted. */
  async updateOne(run: Run, task: About['task'], change: RunChange): Promise<boolean> {
    return (await this.update([{ change, run, task }])).has(run.id);
  }

  /** As `RunStore.insert`, for runs that have ended without an attempt. */
  async insertEnded(ended: readonly Required<Pick<HeldRun, 'run' | 'task'>>[]): Promise<Set<string>> {
    const runs = ended.map(({ run }) => run);
    if (!this.outbox.isOn) return this.runs.insert(runs);
    const drafts = ended.flatMap(({ run, task }) => this.draftsOf({ change: changeOf(run, run), run, task }));
    const known = new Set<string>();
    const fresh = await this.write(drafts, async (tellings) => {
      for (const id of await this.runs.insert(runs, tellings)) known.add(id);
      return new Set(runs.map(({ id }) => id).filter((id) => !known.has(id)));
    });
    return new Set(runs.map(({ id }) => id).filter((id) => !fresh.has(id)));
  }

  private write(
    drafts: readonly Draft[],
    write: (tellings?: readonly Telling[]) => Promise<Set<string>>,
  ): Promise<Set<string>> {
    return this.outbox.tell(drafts, write, (made, id) => made.has(id));
  }

  private draftsOf({ change, ...about }: ToldChange): Draft[] {
    const now = this.clock.now();
    const isBegunTold = this.begun.get(change.id) === begunBy(change, now)?.attempt;
    const steps = stepsOf(change, about, { now, isBegunTold, outputBytes: this.outbox.outputBytes });
    return steps.map(({ message, proof }) => ({ message, subject: change.id, run: proof }));
  }

  private note(change: RunChange): void {
    if (change.progress.finishedAt !== null) return void this.begun.delete(change.id);
    const begun = begunBy(change, 0);
    if (!begun) return;
    this.begun.set(change.id, begun.attempt);
    const [oldest] = this.begun.size > MOST_BEGUN ? this.begun.keys() : [];
    if (oldest !== undefined) this.begun.delete(oldest);
  }
}
