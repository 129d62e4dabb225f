import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { chunksOf } from '../../domain/chunks.js';
import { groupsBy } from '../../domain/groups.js';
import { occurrenceRunId } from '../../domain/ids.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { LONGEST_SPREAD_MS } from '../../domain/task-definition.js';
import { HeldRuns } from '../holding/held-runs.js';
import { ArmedElsewhere } from '../overlap/armed-elsewhere.js';
import { isOutdated } from '../planning/task-changes.js';
import { RunStore } from '../ports/run.store.js';
import { MOST_AHEAD_MS } from './begun-runs.js';

/** How many runs are read at a time. */
const PAGE = 100;
/** How often to look what has become of a run that changed meanwhile (ms). */
const LOOK_EVERY_MS = 20;
/** How often runs that change all the time are looked at again while others wait for that. */
const TRIES = 5;

/** The run of a skipped occurrence, and the generation of the task that skips it. */
type Near = Pick<Run, 'organization' | 'id' | 'generation'>;

/**
 * Skips that came too late: the run of the occurrence had begun, or ended, before the skip was stored. Then the run is the
 * outcome, and the ledger must not tell of the occurrence as well.
 */
@Injectable()
export class BegunSkips {
  constructor(
    private readonly runs: RunStore,
    private readonly held: HeldRuns,
    private readonly armedElsewhere: ArmedElsewhere,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether the occurrence at this instant (epoch ms), which the task skips, has begun. If not, nothing is left of what was claimed for it: a run
   * that waits for others or for units would find the change only when its turn comes, and could be cancelled until then.
   */
  async has(
    { organization, id, generation }: Pick<Task, 'organization' | 'id' | 'generation'>,
    at: number,
  ): Promise<boolean> {
    for (;;) {
      const [run] = await this.runs.byIds(organization, [occurrenceRunId(id, at)]);
      if (run?.trigger !== 'schedule') return false;
      if (this.isDecided(run)) return true;
      // Somebody has put the occurrence back since: the run is that of a later definition.
      if (run.generation > generation) return false;
      if ((await this.runs.withdraw([run])).has(run.id)) return false;
      await this.clock.sleep(LOOK_EVERY_MS);
    }
  }

  /**
   * The tasks without the skips that came too late. Of the others nothing waits any more that was claimed before them: the
   * ledger is about to tell of them. Costs nothing where nothing is skipped.
   */
  async settledAll(tasks: readonly Task[]): Promise<Task[]> {
    if (tasks.every(({ skips }) => skips === undefined)) return [...tasks];
    const near = tasks.flatMap((task) => this.nearOf(task));
    if (near.length === 0) return [...tasks];
    const armed = await this.armedElsewhere.amongChanged(tasks.filter(({ skips }) => skips !== undefined));
    const begun = new Set<string>();
    for (const [organization, own] of groupsBy(near, (each) => each.organization))
      for (const part of chunksOf(own, PAGE))
        for (const run of await this.decidedAmong(organization, part, armed)) begun.add(run.id);
    return begun.size === 0 ? [...tasks] : tasks.map((task) => withoutSkips(task, begun));
  }

  /**
   * Those of these runs that have begun or ended; what waits and was claimed before the skip is taken back. What may begin
   * at any moment is left to the revocation that the skip brought about.
   */
  private async decidedAmong(
    organization: string,
    near: readonly Near[],
    armed: ReadonlySet<string>,
    tries = TRIES,
  ): Promise<Run[]> {
    const generations = new Map(near.map(({ id, generation }) => [id, generation]));
    const found = await this.runs.byIds(organization, [...generations.keys()]);
    const decided = found.filter((run) => this.isDecided(run));
    const isWaiting = (run: Run) =>
      isOutdated(run, { generation: generations.get(run.id)! }) &&
      !this.isDecided(run) &&
      (run.putOff || !(armed.has(run.taskId) || this.mayBeginHere(run)));
    const waiting = found.filter(isWaiting);
    if (waiting.length === 0) return decided;
    const withdrawn = await this.runs.withdraw(waiting);
    const changed = near.filter(({ id }) => waiting.some((run) => run.id === id) && !withdrawn.has(id));
    if (changed.length === 0 || tries === 0) return decided;
    // They may have begun meanwhile, or be about to be written.
    await this.clock.sleep(LOOK_EVERY_MS);
    return [...decided, ...(await this.decidedAmong(organization, changed, armed, tries - 1))];
  }

  private mayBeginHere({ id }: Run): boolean {
    const phase = this.held.get(id)?.phase;
    return phase === 'claiming' || phase === 'armed' || phase === 'starting';
  }

  /** As `settledAll`. */
  async settled(task: Task): Promise<Task> {
    const [settled] = await this.settledAll([task]);
    return settled!;
  }

  /** The runs of skipped occurrences of which the ledger may have to tell yet, and that may have been claimed. */
  private nearOf(task: Task): Near[] {
    const { organization, id, generation, skips = [] } = task;
    const [from, to] = [toldFor(task), this.clock.now() + MOST_AHEAD_MS];
    const near = skips.filter(({ at }) => at > from && at <= to);
    return near.map(({ at }) => ({ organization, id: occurrenceRunId(id, at), generation }));
  }

  /** What becomes of a run here may not be stored yet. What a backfill runs is in place of what the ledger tells. */
  private isDecided(run: Run): boolean {
    const isEnding = this.held.get(run.id)?.phase === 'ending';
    return run.trigger === 'schedule' && (this.held.hasBegun(run) || isEnding);
  }
}

/**
 * Up to where the ledger has told for certain: the latest claim has told of what came before its occurrence, which may have
 * been spread. Calendars may move starts by days: then only changes tell.
 */
const toldFor = ({ toldUntil, claimedUntil, definition: { calendars } }: Task): number =>
  calendars?.length ? toldUntil : Math.max(toldUntil, (claimedUntil ?? Number.NEGATIVE_INFINITY) - LONGEST_SPREAD_MS);

function withoutSkips(task: Task, begun: ReadonlySet<string>): Task {
  const skips = task.skips?.filter(({ at }) => !begun.has(occurrenceRunId(task.id, at)));
  return skips?.length === task.skips?.length ? task : { ...task, skips: skips! };
}
