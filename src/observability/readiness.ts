import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { OverdueWatch } from '../overdue/overdue-watch.js';
import { EngineState } from '../scheduling/engine-state.js';
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
    return { status: isReady ? 'ready' : 'not-ready', engine, store, locks, overdue };
  }
}

const stateOf = (part: StoreHealth | LockHealth): Promise<'up' | 'down'> =>
  part.ping().then(
    () => 'up',
    () => 'down',
  );
