import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Lack } from '../cluster/instance-work.js';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { compared, type OverdueTask, type Stretch } from './overdue.js';
import { OverdueNews } from './overdue-news.js';
import { OverdueSearch } from './overdue-search.js';

const LOCK = 'overdue';

/** How much is overdue in all organizations. */
export interface OverdueFigures {
  occurrences: number;
  runs: number;
  /** When the oldest of these was due (epoch ms); null when nothing is overdue. */
  since: number | null;
  /** What no live instance has, and tasks wait for. */
  missing: readonly MissingWork[];
}

/** What no live instance has, and how much of an organization waits for it. */
export interface MissingWork extends Lack {
  organization: string;
  /** How many tasks wait. */
  tasks: number;
  /** Since when the first of them does (epoch ms). */
  since: number;
}

/** How many entries of what is missing are kept. */
const MOST_MISSING = 200;

/**
 * Searches regularly for overdue work, with a timer of its own: it must notice when the engine has stopped, so it
 * shares neither heap nor timers with the engine. Every instance searches; one of them reports what it finds.
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

  /** The result of the latest search; null before the first one and while the store does not answer. */
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
  missing: missingIn(tasks),
});

function missingIn(tasks: readonly OverdueTask[]): MissingWork[] {
  const found = new Map<string, MissingWork>();
  for (const { task, since, missing } of tasks) {
    if (!missing) continue;
    const { organization } = task;
    const key = JSON.stringify([organization, missing.kind, missing.name]);
    const known = found.get(key) ?? { organization, ...missing, tasks: 0, since };
    if (known.tasks === 0 && found.size >= MOST_MISSING) continue;
    found.set(key, { ...known, tasks: known.tasks + 1, since: Math.min(known.since, since) });
  }
  return [...found.values()];
}
