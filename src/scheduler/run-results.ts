import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import { Admission } from '../domain/admission.js';
import { chunksOf } from '../domain/chunks.js';
import { NotFoundError } from '../domain/errors.js';
import { groupsBy } from '../domain/groups.js';
import { isFinished, type Run } from '../domain/run.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { ResultAbandonedError, ResultTimeoutError } from './result-errors.js';

/** How many callers may wait in this process, and how many of one organization. */
const MOST_WAITERS = 10_000;
const MOST_OF_ONE = 5000;
const TOO_MANY = 'Too many callers wait for the ends of runs; try again in a moment.';
/** How many states are read at once. */
const STATES = 500;
/** How many ended runs are read at once: each may carry an event, parameters and an output. */
const RUNS = 4;
/** The wait between two looks at the store: a tenth of how long the youngest waiter has waited, within these (ms). */
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
/** Between two looks passes at least this many times what the last one took. */
const REST = 4;

/** How long to wait for the end of a run. */
export interface WaitOptions {
  /** In milliseconds; without it, as long as it takes. */
  timeoutMs?: number;
  /** Ends the wait, with its reason. */
  signal?: AbortSignal;
}

interface Waiter {
  organization: string;
  runId: string;
  resolve: (run: Run) => void;
  reject: (error: Error) => void;
}

/**
 * Waits for the ends of runs, on whichever instance they are. An end on this instance is heard of at once. One reader
 * looks for all others: as long as somebody waits, it asks the store for the states of all runs that are waited for.
 */
@Injectable()
export class RunResults implements OnApplicationShutdown {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private readonly admission = new Admission(MOST_WAITERS, MOST_OF_ONE, TOO_MANY);
  /** Those that nobody has looked for yet. */
  private fresh: Waiter[] = [];
  private isLookingForFresh = false;
  /** When the youngest waiter came, and when the next look at all is due (monotonic ms). */
  private youngest = 0;
  private dueAt = Number.POSITIVE_INFINITY;
  private timer: Timer | null = null;
  private isLooking = false;
  private closed = false;
  private stopListening: (() => void) | null = null;

  constructor(
    private readonly reads: RunReads,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {}

  /** How many callers wait. */
  get waiting(): number {
    return this.admission.size;
  }

  /**
   * The run as it ended, also if it had ended before. Attempts that fail and are repeated are waited for; a run that
   * drives it again is another run.
   * @throws NotFoundError, ResultTimeoutError, ResultAbandonedError, OverloadedError
   */
  async of(organization: string, runId: string, { timeoutMs, signal }: WaitOptions = {}): Promise<Run> {
    signal?.throwIfAborted();
    let cleanUp = (): void => undefined;
    const ended = new Promise<Run>((resolve, reject) => {
      const waiter = { organization, runId, resolve, reject };
      const giveUp = () => reject(signal!.reason as Error);
      const late = () => reject(new ResultTimeoutError(runId, timeoutMs!));
      this.enter(waiter);
      const timer = timeoutMs === undefined ? null : this.clock.after(timeoutMs, late);
      signal?.addEventListener('abort', giveUp);
      cleanUp = () => {
        timer?.cancel();
        signal?.removeEventListener('abort', giveUp);
        this.leave(waiter);
      };
    });
    return ended.finally(() => cleanUp());
  }

  /** Runs after the engine has finished its runs: what has not ended now ends elsewhere. */
  onApplicationShutdown(): void {
    this.closed = true;
    this.timer?.cancel();
    for (const { runId, reject } of this.all()) reject(new ResultAbandonedError(runId));
  }

  /** @throws ResultAbandonedError, OverloadedError */
  private enter(waiter: Waiter): void {
    const { organization, runId } = waiter;
    if (this.closed) throw new ResultAbandonedError(runId);
    this.admission.enter(organization);
    const same = this.waiters.get(runId);
    if (same) same.add(waiter);
    else this.waiters.set(runId, new Set([waiter]));
    this.stopListening ??= this.events.on('run.finished', ({ run }) => this.deliver(run));
    this.youngest = this.clock.monotonic();
    this.fresh.push(waiter);
    void this.lookForFresh();
    this.lookIn(SHORTEST_PAUSE_MS);
  }

  private leave(waiter: Waiter): void {
    const same = this.waiters.get(waiter.runId);
    if (!same?.delete(waiter)) return;
    if (same.size === 0) this.waiters.delete(waiter.runId);
    this.admission.leave(waiter.organization);
    if (this.waiting > 0) return;
    this.rest();
    this.stopListening?.();
    this.stopListening = null;
  }

  private rest(): void {
    this.timer?.cancel();
    this.timer = null;
    this.dueAt = Number.POSITIVE_INFINITY;
  }

  /** Looks at the store in so many milliseconds at the latest. */
  private lookIn(ms: number): void {
    const dueAt = this.clock.monotonic() + ms;
    if (this.isLooking || this.closed || dueAt >= this.dueAt) return;
    this.rest();
    this.dueAt = dueAt;
    this.timer = this.clock.routinely(ms, () => void this.lookForAll());
  }

  /** Their runs may have ended before they came. */
  private async lookForFresh(): Promise<void> {
    if (this.isLookingForFresh) return;
    this.isLookingForFresh = true;
    while (this.fresh.length > 0 && !this.closed) await this.lookFor(this.fresh.splice(0));
    this.isLookingForFresh = false;
  }

  private async lookForAll(): Promise<void> {
    this.rest();
    this.isLooking = true;
    const begun = this.clock.monotonic();
    await this.lookFor(this.all());
    this.isLooking = false;
    if (this.waiting > 0) this.lookIn(this.pauseAfter(this.clock.monotonic() - begun));
  }

  private async lookFor(waiters: readonly Waiter[]): Promise<void> {
    for (const [organization, own] of groupsBy(waiters, (waiter) => waiter.organization)) {
      const ids = [...new Set(own.map(({ runId }) => runId))];
      // What cannot be read now is looked for again.
      for (const part of chunksOf(ids, STATES)) await this.read(organization, part).catch(() => undefined);
    }
  }

  private async read(organization: string, ids: readonly string[]): Promise<void> {
    const states = await this.reads.statesOf(organization, ids);
    for (const id of ids) if (!states.has(id)) this.missing(organization, id);
    const ended = [...states].flatMap(([id, state]) => (isFinished(state) ? [id] : []));
    for (const part of chunksOf(ended, RUNS)) {
      for (const run of await this.reads.byIds(organization, part)) this.deliver(run);
    }
  }

  private deliver(run: Run): void {
    if (!isFinished(run.state)) return;
    for (const waiter of this.waitersOf(run.organization, run.id)) waiter.resolve({ ...run });
  }

  private missing(organization: string, id: string): void {
    for (const waiter of this.waitersOf(organization, id)) waiter.reject(new NotFoundError('run', id));
  }

  /** Of another organization, too, may somebody wait under this id: in vain. */
  private waitersOf(wanted: string, runId: string): Waiter[] {
    return [...(this.waiters.get(runId) ?? [])].filter(({ organization }) => organization === wanted);
  }

  private pauseAfter(tookMs: number): number {
    const age = (this.clock.monotonic() - this.youngest) / 10;
    return Math.max(REST * tookMs, Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, age)));
  }

  private all(): Waiter[] {
    return [...this.waiters.values()].flatMap((same) => [...same]);
  }
}
