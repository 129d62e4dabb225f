import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { TransportName } from '../domain/routes.js';
import { OverdueWatch } from '../overdue/overdue-watch.js';
import { SlotQueue } from '../scheduling/dispatch/slot-queue.js';
import { EngineState } from '../scheduling/holding/engine-state.js';
import { PoolQueue } from '../scheduling/resources/pool-queue.js';
import { Slots } from '../cluster/slots.js';
import type { WatchedPart } from './watched-part.js';
import { KeyWatch } from './key-watch.js';
import { StoreWatch } from './store-watch.js';
import { TransportsStatus, type BrokerReport, type TransportState } from '../transports/transports-status.js';

/** Whether the instance can take work, and what prevents it. */
export interface ReadinessReport {
  /** Degraded: it takes work, but a broker of messages cannot be used. */
  status: 'ready' | 'degraded' | 'not-ready';
  engine: 'working' | 'not-working';
  store: 'up' | 'down';
  /** Whatever keeps the locks: Redis if configured, otherwise the store. */
  locks: 'up' | 'down';
  /** The ids of keys that secrets of tasks are sealed with and that this instance does not have; absent where it has all. */
  lackingKeys?: readonly string[];
  /** The brokers of messages that are configured, by their names; absent without any. */
  transports?: Partial<Record<TransportName, TransportState>>;
  /** How many occurrences and runs are overdue; null while that is unknown. */
  overdue: number | null;
  slots: SlotsReport;
  /** How many runs wait here for units of pools, for the rates of pools or for quotas: they make no instance unready. */
  waitingForUnits: number;
}

/** The slots of this instance: their number, how many are taken, and how many due runs wait for one. */
export interface SlotsReport {
  limit: number;
  taken: number;
  waiting: number;
  /** Why they cannot start: no slot is free, or an organization has its share; null while nothing waits. */
  refusal: 'none-free' | 'share' | 'reserve' | 'memory' | null;
}

/**
 * Knows whether the instance can take work: the engine works, is not about to stop, and the services that it needs
 * answer.
 */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly parts: StoreWatch,
    private readonly keys: KeyWatch,
    private readonly engine: EngineState,
    private readonly watch: OverdueWatch,
    private readonly slots: Slots,
    private readonly line: SlotQueue,
    private readonly units: PoolQueue,
    private readonly transports: TransportsStatus,
  ) {}

  onModuleDestroy(): void {
    this.leave();
  }

  /** From now on the instance is not ready: it is about to stop. */
  leave(): void {
    this.stopping = true;
  }

  /** What is known now: it waits for nothing, whatever the store does. */
  report(): ReadinessReport {
    const { store: watched, locks: watchedLocks } = this.parts;
    const [store, locks] = [stateOf(watched), stateOf(watchedLocks)];
    const engine = this.engine.isWorking() && !this.stopping ? 'working' : 'not-working';
    const isReady = engine === 'working' && store === 'up' && locks === 'up' && this.keys.lacking.length === 0;
    const { figures } = this.watch;
    const overdue = figures && figures.occurrences + figures.runs;
    const { state, topics, brokers } = this.transports.report();
    const status = !isReady ? 'not-ready' : state === 'up' ? 'ready' : 'degraded';
    const ofBroker = ({ transport, state: own }: BrokerReport): [TransportName, TransportState] => [
      transport,
      topics.some((topic) => topic.transport === transport && topic.failure !== null) ? 'degraded' : own,
    ];
    const transports = brokers.length > 0 && { transports: Object.fromEntries(brokers.map(ofBroker)) };
    const keys = this.keys.lacking.length > 0 && { lackingKeys: this.keys.lacking };
    const waitingForUnits = this.units.size;
    return { status, engine, store, locks, ...keys, ...transports, overdue, slots: this.slotsNow(), waitingForUnits };
  }

  private slotsNow(): SlotsReport {
    const { limit, taken, refusal } = this.slots;
    const waiting = this.line.size;
    return { limit, taken, waiting, refusal: waiting === 0 ? null : refusal };
  }
}

const stateOf = ({ awayBecause }: WatchedPart): 'up' | 'down' => (awayBecause === null ? 'up' : 'down');
