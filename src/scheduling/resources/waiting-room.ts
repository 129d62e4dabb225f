import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { Run } from '../../domain/run.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { MOST_READ, MOST_READ_BYTES } from '../ports/task-pages.js';

/** The largest shares of `heldBytes` that runs of all organizations, and those of one, take while they wait for units. */
const SHARE_OF_ALL = 1 / 3;
const SHARE_OF_ONE = 1 / 6;
/** How often parked runs come back that need other pools than what waits in memory (ms), and how many of each at most. */
const OTHERS_EVERY_MS = 5000;
const MOST_OTHERS = 10;
/** How many runs of an organization wait for slots before no more come back. */
const LONGEST_LINE = 2000;

/** A run that waits for units in memory: its pools, which stand for its place, and how many bytes it takes. */
export interface Waiter {
  organization: string;
  /** The pools that it needs, as one text. */
  pools: string;
  bytes: number;
}

interface Here {
  bytes: number;
  byPools: Map<string, number>;
}

interface Parked {
  pools: string;
  count: number;
  /** How long after it was due a run of the task may start (ms); infinite where it may at any time. */
  graceMs: number;
}

type Parkable = Pick<Run, 'organization' | 'taskId' | 'dueAt'>;
type ByTask = Map<string, Parked>;

/** What one pass over the runs of this instance has found. */
interface Pass {
  /** What stays parked. */
  left: Map<string, ByTask>;
  /** When the first of that may not start any more (epoch ms). */
  endsAt: number;
  /** What has come back, by organization. */
  admitted: Map<string, { bytes: number; count: number }>;
  /** How many of those pools have come back although there is no room. */
  others: Map<string, number>;
}

/**
 * How many bytes of runs wait in memory for units, by organization, and how many more wait in the store alone, parked,
 * because their organization has no room. Parked runs stay this instance's own: nobody else takes them while it lives.
 */
@Injectable()
export class WaitingRoom {
  private readonly here = new Map<string, Here>();
  private total = 0;
  private away = new Map<string, ByTask>();
  /** When the first of them may not start any more (epoch ms), and has to come back to end. */
  private endsAt = Number.POSITIVE_INFINITY;
  private readonly called = new Set<string>();
  private pass: Pass | null = null;
  private othersAt = Number.NEGATIVE_INFINITY;
  private largest = 1;
  private readonly mostOfAll: number;
  private readonly mostOfOne: number;

  constructor(
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) { heldBytes }: Pick<EngineSettings, 'heldBytes'>,
  ) {
    this.mostOfAll = heldBytes * SHARE_OF_ALL;
    this.mostOfOne = heldBytes * SHARE_OF_ONE;
  }

  /** How many runs are parked. */
  get parked(): number {
    let count = 0;
    for (const tasks of this.away.values()) for (const parked of tasks.values()) count += parked.count;
    return count;
  }

  enter({ organization, pools, bytes }: Waiter): void {
    const here = this.here.get(organization) ?? { bytes: 0, byPools: new Map<string, number>() };
    this.here.set(organization, here);
    here.bytes += bytes;
    here.byPools.set(pools, (here.byPools.get(pools) ?? 0) + bytes);
    this.total += bytes;
  }

  leave({ organization, pools, bytes }: Waiter): void {
    const here = this.here.get(organization);
    if (!here) return;
    this.total -= bytes;
    here.bytes -= bytes;
    const left = (here.byPools.get(pools) ?? 0) - bytes;
    if (left > 0) here.byPools.set(pools, left);
    else here.byPools.delete(pools);
    if (here.byPools.size === 0) this.here.delete(organization);
  }

  /** The organization of which something must be parked now that this one has got another run; null while all fit. */
  crowdedAfter(organization: string): string | null {
    if (this.bytesOf(organization) > this.mostOfOne) return organization;
    if (this.total <= this.mostOfAll) return null;
    return [...this.here].reduce((most, each) => (each[1].bytes > most[1].bytes ? each : most))[0];
  }

  /** Whether what waits for these pools takes its part of the organization's room, or more. */
  isMuch({ organization, pools }: Omit<Waiter, 'bytes'>): boolean {
    const here = this.here.get(organization);
    return here !== undefined && (here.byPools.get(pools) ?? 0) >= here.bytes / here.byPools.size;
  }

  /** Notes that the run, which is stored as this instance's and may start until `latest` (epoch ms), is not in memory any more. */
  park(run: Parkable, { pools, bytes }: Pick<Waiter, 'pools' | 'bytes'>, latest: number): void {
    const graceMs = latest - run.dueAt;
    this.largest = Math.max(this.largest, bytes);
    this.endsAt = Math.min(this.endsAt, latest);
    add(this.away, run, { pools, graceMs });
    if (this.pass) this.leaveParked(run, { pools, graceMs });
  }

  /** Lets the run come back whether there is room or not; somebody wants something of it. */
  call(runId: string): void {
    if (this.away.size > 0) this.called.add(runId);
  }

  /** Whether that was called, which is over with this. */
  answerCall(runId: string): boolean {
    return this.called.delete(runId);
  }

  /** Whether this instance should look through its runs for parked ones that may come back. */
  get wantsPass(): boolean {
    if (this.called.size > 0 || this.clock.now() > this.endsAt) return true;
    const isTime = this.clock.monotonic() >= this.othersAt + OTHERS_EVERY_MS;
    for (const [organization, tasks] of this.away)
      if (this.hasRoom(organization) || (isTime && this.hasOthers(organization, tasks))) return true;
    return false;
  }

  /** How many runs may be read at a time, by how large they are. */
  get pageSize(): number {
    return Math.max(1, Math.min(MOST_READ, Math.floor(MOST_READ_BYTES / this.largest)));
  }

  /** A look through all runs of this instance begins. */
  beginPass(): void {
    this.pass = { left: new Map(), endsAt: Number.POSITIVE_INFINITY, admitted: new Map(), others: new Map() };
  }

  /**
   * Whether a run that this instance does not hold in memory may come in now, beside `inLine` of its organization that
   * wait for a slot; one that was not parked always may.
   */
  admits(run: Parkable & Pick<Run, 'id'>, bytes: number, inLine: number): boolean {
    const { id, organization, taskId } = run;
    const parked = this.away.get(organization)?.get(taskId);
    if (!parked || !this.pass || this.called.has(id)) return true;
    if (run.dueAt + parked.graceMs < this.clock.now()) return true;
    const { admitted, others } = this.pass;
    const came = admitted.get(organization) ?? { bytes: 0, count: 0 };
    const sum = came.bytes + bytes;
    const isFree = inLine + came.count < LONGEST_LINE;
    const fits = isFree && this.bytesOf(organization) + sum <= this.mostOfOne && this.total + sum <= this.mostOfAll;
    const key = JSON.stringify([organization, parked.pools]);
    const ofPools = others.get(key) ?? 0;
    const isOther = !this.here.get(organization)?.byPools.has(parked.pools) && ofPools < MOST_OTHERS;
    if (!fits && !isOther) {
      this.leaveParked(run, parked);
      return false;
    }
    admitted.set(organization, { bytes: sum, count: came.count + 1 });
    if (!fits) others.set(key, ofPools + 1);
    return true;
  }

  /** The look has come to its end: what it has left is what is parked. */
  endPass(): void {
    if (!this.pass) return;
    this.away = this.pass.left;
    this.endsAt = this.pass.endsAt;
    if (this.away.size === 0) this.largest = 1;
    this.pass = null;
    this.called.clear();
    this.othersAt = this.clock.monotonic();
  }

  /** Nothing is this instance's any more. */
  clear(): void {
    this.here.clear();
    this.total = 0;
    this.away.clear();
    this.endsAt = Number.POSITIVE_INFINITY;
    this.called.clear();
    this.pass = null;
  }

  private leaveParked(run: Parkable, parked: Omit<Parked, 'count'>): void {
    const pass = this.pass!;
    add(pass.left, run, parked);
    pass.endsAt = Math.min(pass.endsAt, run.dueAt + parked.graceMs);
  }

  private bytesOf(organization: string): number {
    return this.here.get(organization)?.bytes ?? 0;
  }

  /** Room for many, so that one look brings them all. */
  private hasRoom(organization: string): boolean {
    return this.bytesOf(organization) < this.mostOfOne / 2 && this.total < (3 / 4) * this.mostOfAll;
  }

  /** Whether something parked needs pools for which nothing waits in memory. */
  private hasOthers(organization: string, tasks: ByTask): boolean {
    const here = this.here.get(organization);
    for (const { pools } of tasks.values()) if (!here?.byPools.has(pools)) return true;
    return false;
  }
}

function add(to: Map<string, ByTask>, { organization, taskId }: Parkable, parked: Omit<Parked, 'count'>): void {
  const tasks = to.get(organization) ?? new Map<string, Parked>();
  const count = (tasks.get(taskId)?.count ?? 0) + 1;
  to.set(organization, tasks.set(taskId, { pools: parked.pools, graceMs: parked.graceMs, count }));
}
