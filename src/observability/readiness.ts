import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { OverdueWatch } from '../overdue/overdue-watch.js';
import { Dispatcher } from '../scheduling/dispatcher.js';
import { EngineState } from '../scheduling/engine-state.js';
import { Slots } from '../scheduling/slots.js';
import { LockHealth, StoreHealth } from '../storage/store-health.js';

/** What keeps the instance from taking work. */
export interface ReadinessReport {
  status: 'ready' | 'not-ready';
  engine: 'working' | 'not-working';
  store: 'up' | 'down';
  /** What keeps the locks: Redis where one is named, otherwise the store. */
  locks: 'up' | 'down';
  /** How many occurrences and runs should have begun and have not; null while that is not known. */
  overdue: number | null;
  places: PlacesReport;
}

/** The places of this instance: how many there are, how many are taken, and how many due things wait for one. */
export interface PlacesReport {
  limit: number;
  taken: number;
  waiting: number;
  /** What keeps them from starting: no place is free, or an organization has its share; null while nothing waits. */
  refusal: 'none-free' | 'share' | 'reserve' | null;
}

/** Knows whether the instance can take work: the engine works, is not about to stop, and what it stands on answers. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly store: StoreHealth,
    private readonly locks: LockHealth,
    private readonly engine: EngineState,
    private readonly watch: OverdueWatch,
    private readonly slots: Slots,
    private readonly dispatcher: Dispatcher,
  ) {}

  onModuleDestroy(): void {
    this.stopping = true;
  }

  async report(): Promise<ReadinessReport> {
    const [store, locks] = await Promise.all([stateOf(this.store), stateOf(this.locks)]);
    const engine = this.engine.isWorking() && !this.stopping ? 'working' : 'not-working';
    const isReady = engine === 'working' && store === 'up' && locks === 'up';
    const { figures } = this.watch;
    const overdue = figures && figures.occurrences + figures.runs;
    return { status: isReady ? 'ready' : 'not-ready', engine, store, locks, overdue, places: this.places() };
  }

  private places(): PlacesReport {
    const { limit, taken, free } = this.slots;
    const waiting = this.dispatcher.backlog;
    const [heldUp] = this.slots.heldUp();
    const refusal = waiting === 0 ? null : free <= 0 ? 'none-free' : (heldUp?.rule ?? null);
    return { limit, taken, waiting, refusal };
  }
}

const stateOf = (part: StoreHealth | LockHealth): Promise<'up' | 'down'> =>
  part.ping().then(
    () => 'up',
    () => 'down',
  );
