import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { EngineState } from '../scheduling/engine-state.js';
import { StoreHealth } from '../storage/store-health.js';

/** What keeps the instance from taking work. */
export interface ReadinessReport {
  status: 'ready' | 'not-ready';
  engine: 'working' | 'not-working';
  store: 'up' | 'down';
}

/** Knows whether the instance can take work: the engine works, is not about to stop, and the store answers. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly store: StoreHealth,
    private readonly engine: EngineState,
  ) {}

  onModuleDestroy(): void {
    this.stopping = true;
  }

  async report(): Promise<ReadinessReport> {
    const store = await this.store.ping().then(
      () => 'up' as const,
      () => 'down' as const,
    );
    const engine = this.engine.isWorking() && !this.stopping ? 'working' : 'not-working';
    return { status: engine === 'working' && store === 'up' ? 'ready' : 'not-ready', engine, store };
  }
}
