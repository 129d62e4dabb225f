import type { Run, RunProgress } from '../../../src/domain/run.js';
import type { RunChange } from '../../../src/scheduling/ports/run.store.js';
import type { Observer } from '../world/chronicle.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/** How long after a run is postponed this has been written, when nothing is slow (ms). */
const WRITTEN_MS = 200;
/** How far ahead of its time a start may be announced, because a clock is a little wrong (ms). */
const ANNOUNCED_MS = 400;
/** How far two clocks may differ, and how long a write may wait for those before it when the store is slow (ms). */
const SKEW_MS = 100;
const SLOW_MS = 2500;

/**
 * Runs that a dead instance had claimed and not begun are passed on as they are: no attempt is spent on a run that only
 * waited or was not yet due, and the misfire policy decides about a run that is too late. Attempts are judged only in
 * worlds where nothing is slow or fails, because there everything that could be written was written.
 */
export class HandedOn implements Observer {
  /** When the process behind each owner's name last did anything in the store (true time). */
  private readonly lastLife = new Map<string, number>();
  private readonly names = new Map<string, string>();
  /** When each dead owner was first seen to be dead (true time). */
  private readonly deaths = new Map<string, number>();
  /** The runs as they were before the operation under judgement, and when each was written. */
  private readonly known = new Map<string, { run: Run; at: number }>();

  constructor(private readonly world: World) {}

  applied({ process, port, method, parts, sentAt }: Call, result: unknown): void {
    const { now } = this.world.timeline;
    if (port === 'locks' && (method === 'renew' || method === 'acquire')) {
      const owner = (method === 'renew' ? parts[0] : parts[1]) as string;
      this.names.set(process.name, owner);
    }
    const name = this.names.get(process.name);
    if (name !== undefined) this.lastLife.set(name, now);
    this.noteDeaths(now);
    if (port !== 'runs' || !['open', 'insert', 'update'].includes(method)) return;
    if (method === 'update') this.judge(parts[0] as RunChange[], sentAt, result as Set<string>);
    for (const run of this.world.data.unfinished.values()) {
      if (this.known.get(run.id)?.run !== run) this.known.set(run.id, { run, at: now });
    }
  }

  private judge(changes: readonly RunChange[], sentAt: number, applied: ReadonlySet<string>): void {
    for (const { id, expected, progress } of changes) {
      const before = this.known.get(id);
      const isTakenOver = expected.owner !== null && expected.owner !== progress.owner && progress.owner !== null;
      if (this.world.clocksAreWrong || !before || !applied.has(id) || !isTakenOver) continue;
      if (this.world.isCalm) this.judgeAttempt(before, expected.owner!, progress.attempts.length);
      this.judgeMisfire(before.run, sentAt, progress);
    }
  }

  private noteDeaths(now: number): void {
    for (const { process } of this.world.instances) {
      const name = this.names.get(process.name);
      if (process.isDead && name !== undefined && !this.deaths.has(name)) this.deaths.set(name, now);
    }
  }

  private judgeAttempt({ run, at }: { run: Run; at: number }, owner: string, attempts: number): void {
    const { starts } = this.world.chronicle;
    const hasBegun = starts.some(({ runId, attempt }) => runId === run.id && attempt === run.attempt);
    if (hasBegun || attempts === run.attempts.length) return;
    const onlyWaited = Math.max(run.dueAt, at) < (this.lastLife.get(owner) ?? Number.NEGATIVE_INFINITY) - WRITTEN_MS;
    const wasToCome =
      run.dueAt > Math.max(this.deaths.get(owner) ?? Number.POSITIVE_INFINITY, run.createdAt) + ANNOUNCED_MS;
    if (onlyWaited || wasToCome) this.violate(`run ${run.id} spends attempt ${run.attempt}, which nobody began`, run);
  }

  private judgeMisfire(run: Run, sentAt: number, { state, attempts }: RunProgress): void {
    const { data, isCalm } = this.world;
    const misfire = data.tasks.get(run.taskId)?.definition.misfire;
    if (run.trigger !== 'schedule' || run.state !== 'pending' || misfire?.policy !== 'skip') return;
    const isLate = sentAt - run.dueAt > misfire.graceMs + (isCalm ? SKEW_MS : SLOW_MS);
    // In doubt the run counts as begun, and therefore goes on.
    if (state === 'pending' && attempts.length === 0 && isLate)
      this.violate(`run ${run.id} goes on although it is too late`, run);
  }

  private violate(what: string, { id, taskId }: Run): void {
    this.world.chronicle.violate('handed on', what, id, taskId);
  }
}
