import { Injectable, Logger } from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import { deadlineOf, startDeadlineOf } from './deadlines.js';
import type { HeldRun } from './held-run.js';
import { Needs } from './needs.js';
import { poolOf, ResourcePools, type PoolState, type Units } from './resource-pools.js';

/** How often to look for units that other instances have given back. */
const LOOK_EVERY_MS = 250;
/** How long a run that was called up may take to come for its units. */
const CALL_MS = 2000;
/** For each such time that it waits, a run counts as one priority higher. */
const AGING_MS = 10_000;
const HIGHEST = 9;

interface Waiting {
  held: HeldRun;
  since: number;
  expiry: Timer | null;
}

interface Called {
  held: HeldRun;
  until: number;
  since: number;
}

/** Told of runs that leave the line. */
export interface PoolLineListener {
  /** There are units for the run: it may come for them. */
  ready(held: HeldRun): void;
  /** A deadline of the run has passed. */
  expired(held: HeldRun): void;
}

const poolsOf = ({ run }: HeldRun, units: Units): string[] =>
  Object.keys(units).map((name) => poolOf(run.organization, name));

/**
 * Runs that wait, without a place, for units of resource pools. They are called up by priority and age, and none goes
 * before another one that waits for the same pool, so that who needs many units is not starved by who needs few.
 */
@Injectable()
export class PoolLine {
  private readonly waiting = new Map<string, Waiting>();
  /** Runs that were called up and whose units are kept for them until they come. */
  private readonly called = new Map<string, Called>();
  private listener: PoolLineListener = { ready: () => undefined, expired: () => undefined };
  private looking = false;
  private lookAgain = false;
  private timer: Timer | null = null;
  private readonly logger = new Logger(PoolLine.name);

  constructor(
    private readonly pools: ResourcePools,
    private readonly needs: Needs,
    private readonly clock: Clock,
  ) {
    pools.onFreed(() => void this.look());
  }

  connect(listener: PoolLineListener): void {
    this.listener = listener;
  }

  /** Whether the run has to wait its turn behind others that want units of the same pools. */
  isBehind(held: HeldRun): boolean {
    if (this.called.has(held.run.id)) return false;
    const wanted = new Set(this.poolsOf(held));
    const others = [...this.waiting.values(), ...this.called.values()];
    return others.some((other) => this.poolsOf(other.held).some((pool) => wanted.has(pool)));
  }

  push(held: HeldRun): void {
    const since = this.called.get(held.run.id)?.since ?? this.clock.now();
    this.called.delete(held.run.id);
    const latest = Math.min(startDeadlineOf(held.run, held.task), deadlineOf(held.run, held.task));
    const expiry = Number.isFinite(latest) ? this.clock.at(latest + 1, () => this.expire(held)) : null;
    this.waiting.set(held.run.id, { held, since, expiry });
    this.timer ??= this.clock.after(LOOK_EVERY_MS, () => this.tick());
  }

  /** The run has come for its units, or will not come. */
  arrived(runId: string): void {
    this.called.delete(runId);
  }

  has(runId: string): boolean {
    return this.waiting.has(runId);
  }

  take(runId: string): HeldRun | undefined {
    const entry = this.waiting.get(runId);
    entry?.expiry?.cancel();
    this.waiting.delete(runId);
    return entry?.held;
  }

  all(): HeldRun[] {
    return [...this.waiting.values()].map(({ held }) => held);
  }

  clear(): void {
    for (const { expiry } of this.waiting.values()) expiry?.cancel();
    this.waiting.clear();
    this.called.clear();
    this.timer?.cancel();
    this.timer = null;
  }

  private tick(): void {
    this.timer = this.waiting.size > 0 ? this.clock.after(LOOK_EVERY_MS, () => this.tick()) : null;
    void this.look();
  }

  private async look(): Promise<void> {
    this.lookAgain = this.looking;
    if (this.looking || this.waiting.size === 0) return;
    this.looking = true;
    try {
      this.callUp(await this.pools.look(this.wantedPools()));
    } catch (error) {
      this.logger.debug(`Free units could not be looked for: ${(error as Error).message}`);
    } finally {
      this.looking = false;
    }
    if (this.lookAgain) void this.look();
  }

  private wantedPools(): [string, string][] {
    const pools = new Map<string, [string, string]>();
    for (const { held } of this.waiting.values()) {
      const { organization } = held.run;
      for (const name of Object.keys(this.needs.of(held))) pools.set(poolOf(organization, name), [organization, name]);
    }
    return [...pools.values()];
  }

  private callUp(pools: Map<string, PoolState>): void {
    const now = this.clock.now();
    for (const [id, { until }] of this.called) if (until <= now) this.called.delete(id);
    const left = new Map([...pools].map(([pool, { free }]) => [pool, free.length]));
    for (const { held } of this.called.values()) subtract(left, held, this.needs.of(held));
    for (const { held, since } of inOrder([...this.waiting.values()], now)) {
      const units = this.needs.of(held);
      // A need beyond the capacity holds up nobody.
      if (exceeds(pools, held, units)) continue;
      const fits = Object.entries(units).every(
        ([name, count]) => (left.get(poolOf(held.run.organization, name)) ?? 0) >= count,
      );
      // What does not fit keeps the pools it waits for from everybody behind it.
      if (!fits) for (const pool of poolsOf(held, units)) left.set(pool, 0);
      else {
        subtract(left, held, units);
        this.take(held.run.id);
        this.called.set(held.run.id, { held, since, until: now + CALL_MS });
        this.listener.ready(held);
      }
    }
  }

  private poolsOf(held: HeldRun): string[] {
    return poolsOf(held, this.needs.of(held));
  }

  private expire(held: HeldRun): void {
    if (this.take(held.run.id)) this.listener.expired(held);
  }
}

function subtract(left: Map<string, number>, { run }: HeldRun, units: Units): void {
  for (const [name, count] of Object.entries(units)) {
    const pool = poolOf(run.organization, name);
    left.set(pool, (left.get(pool) ?? 0) - count);
  }
}

const exceeds = (pools: Map<string, PoolState>, { run }: HeldRun, units: Units): boolean =>
  Object.entries(units).some(
    ([name, count]) => count > (pools.get(poolOf(run.organization, name))?.capacity ?? Number.POSITIVE_INFINITY),
  );

function inOrder(waiting: Waiting[], now: number): Waiting[] {
  const rank = ({ held, since }: Waiting) =>
    Math.min(HIGHEST, held.run.priority + Math.floor(Math.max(0, now - since) / AGING_MS));
  return waiting.sort((a, b) => rank(b) - rank(a) || a.since - b.since);
}
