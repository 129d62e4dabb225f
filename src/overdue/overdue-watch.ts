import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { compared, type OverdueTask, type Stretch } from './overdue.js';
import { OverdueNews } from './overdue-news.js';
import { OverdueSearch } from './overdue-search.js';

const LOCK = 'overdue';

/** How much is overdue, over all organizations. */
export interface OverdueFigures {
  occurrences: number;
  runs: number;
  /** When the oldest of it was due (epoch ms); null when nothing is overdue. */
  since: number | null;
}

/**
 * Looks regularly for what is overdue, by a tick of its own: it would tell that the engine has stopped, and so shares
 * neither heap nor timers with it. Every instance looks; of several one tells of what it finds.
 */
@Injectable()
export class OverdueWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stretches: ReadonlyMap<string, Stretch> = new Map();
  private latest: OverdueFigures | null = null;
  private readonly rounds: Rounds;
  private readonly logger = new Logger(OverdueWatch.name);

  constructor(
    private readonly search: OverdueSearch,
    private readonly news: OverdueNews,
    private readonly locks: LockManager,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'overdueAfterMs' | 'overdueCheckMs'>,
  ) {
    this.rounds = new Rounds(
      clock,
      () => settings.overdueCheckMs,
      () => this.turn(),
    );
  }

  /** What the latest look has found; null before the first one and while the store does not answer. */
  get figures(): OverdueFigures | null {
    return this.latest;
  }

  onApplicationBootstrap(): void {
    this.rounds.startLater();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  private turn(): Promise<void> {
    return this.look().catch((error: unknown) => {
      this.latest = null;
      this.logger.warn(`The store could not be searched for what is overdue: ${(error as Error).message}`);
    });
  }

  private async look(): Promise<void> {
    const { tasks, complete } = await this.search.find(this.clock.now() - this.settings.overdueAfterMs);
    this.latest = figuresOf(tasks);
    const { current, over } = compared(this.stretches, tasks, complete);
    const isTeller = current.size + over.length > 0 && (await this.locks.takeAlso(LOCK));
    this.stretches = current;
    if (!isTeller) return;
    await this.news.tellRecovered(over.filter(({ told }) => told));
    await this.news.tellOverdue([...current.values()].filter(({ told }) => !told));
  }
}

const figuresOf = (tasks: readonly OverdueTask[]): OverdueFigures => ({
  occurrences: tasks.filter(({ occurrence }) => occurrence).length,
  runs: tasks.reduce((sum, { runs }) => sum + runs, 0),
  since: tasks.length > 0 ? Math.min(...tasks.map(({ since }) => since)) : null,
});
