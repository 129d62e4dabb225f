import type { Run } from '../../../src/domain/run.js';
import type { RunChange } from '../../../src/scheduling/run.store.js';
import type { Observer } from '../world/chronicle.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/** How long after a run is put off that is written, where nothing is slow (ms). */
const WRITTEN_MS = 200;
/** How far ahead a start may be announced, by a clock that is a little wrong (ms). */
const ANNOUNCED_MS = 400;
/** By how much two clocks may differ, and how long a write may take where the store is slow (ms). */
const SKEW_MS = 100;
const SLOW_MS = 2500;

/**
 * What the dead had claimed and not begun is given on as what it is: no attempt is spent on what only waited or was yet to
 * be due, and the misfire policy decides about what is too late. Judged where nothing is slow or fails, so that everything
 * was written that could be.
 */
export class HandedOn implements Observer {
  /** When the process that had each name did anything in the store last (true time). */
  private readonly lastLife = new Map<string, number>();
  private readonly names = new Map<string, string>();
  /** When each of those that are dead was seen to be (true time). */
  private readonly deaths = new Map<string, number>();
  /** The runs as they were before the operation that is judged, and when each was written. */
  private readonly known = new Map<string, { run: Run; at: number }>();

  constructor(private readonly world: World) {}

  applied({ process, port, method, parts }: Call, result: unknown): void {
    const { now } = this.world.timeline;
    if (port === 'locks' && (method === 'renew' || method === 'acquire')) {
      const owner = (method === 'renew' ? parts[0] : parts[1]) as string;
      this.names.set(process.name, owner);
    }
    const name = this.names.get(process.name);
    if (name !== undefined) this.lastLife.set(name, now);
    this.noteDeaths(now);
    if (port !== 'runs' || !['open', 'insert', 'update'].includes(method)) return;
    if (method === 'update') this.judge(parts[0] as RunChange[], result as Set<string>);
    for (const run of this.world.data.unfinished.values()) {
      if (this.known.get(run.id)?.run !== run) this.known.set(run.id, { run, at: now });
    }
  }

  private judge(changes: readonly RunChange[], applied: ReadonlySet<string>): void {
    for (const { id, expected, progress } of changes) {
      const before = this.known.get(id);
      const isTakenOver = expected.owner !== null && expected.owner !== progress.owner && progress.owner !== null;
      if (this.world.clocksAreWrong || !before || !applied.has(id) || !isTakenOver) continue;
      if (this.world.isCalm) this.judgeAttempt(before, expected.owner!, progress.attempts.length);
      this.judgeMisfire(before.run, progress.state, progress.attempts.length);
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

  private judgeMisfire(run: Run, state: Run['state'], attempts: number): void {
    const { data, timeline, isCalm } = this.world;
    const misfire = data.tasks.get(run.taskId)?.definition.misfire;
    if (run.trigger !== 'schedule' || run.state !== 'pending' || misfire?.policy !== 'skip') return;
    const isLate = timeline.now - run.dueAt > misfire.graceMs + (isCalm ? SKEW_MS : SLOW_MS);
    // In doubt it counts as begun, and goes on for that.
    if (state === 'pending' && attempts === 0 && isLate)
      this.violate(`run ${run.id} goes on although it is too late`, run);
  }

  private violate(what: string, { id, taskId }: Run): void {
    this.world.chronicle.violate('handed on', what, id, taskId);
  }
}
