import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { Neighbours } from '../../cluster/neighbours.js';
import { SettingsStore } from '../../organizations/settings.store.js';

/** The key under which they are stored. No organization has such a name. */
const KEY = JSON.stringify(['chains']);
const LOOK_MS = 1000;
/** How long after the begin of a look its result is relied on (ms). */
const GOOD_MS = 3000;
/** Beyond this number, every organization counts as one of them. */
const MOST_NAMED = 1000;

interface Known {
  names: ReadonlySet<string>;
  all: boolean;
}

/**
 * Knows which organizations have, or once had, tasks that wait for the ends of runs, so that those of all others cost nothing.
 * An organization is among them on every instance before its first such task is stored.
 */
@Injectable()
export class ChainedOrganizations {
  private known: Known = { names: new Set(), all: false };
  /** When the look began whose result this is (monotonic ms). */
  private asOf = Number.NEGATIVE_INFINITY;
  private readonly rounds: Rounds;
  private readonly logger = new Logger(ChainedOrganizations.name);

  constructor(
    private readonly store: SettingsStore,
    private readonly neighbours: Neighbours,
    private readonly clock: Clock,
  ) {
    this.rounds = new Rounds(
      clock,
      () => LOOK_MS,
      () => this.look(),
    );
  }

  /** Resolves when it is known, or the store does not answer. */
  start(): Promise<void> {
    return this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** Whether there are any, or that is not known. */
  get any(): boolean {
    return !this.isKnown || this.known.all || this.known.names.size > 0;
  }

  /** Whether the organization is one of them, or that is not known. */
  has(organization: string): boolean {
    return !this.isKnown || this.known.all || this.known.names.has(organization);
  }

  /** Resolves when every instance knows that the organization is one of them. @throws StoreUnavailableError */
  async add(organization: string): Promise<void> {
    if (this.known.all || this.known.names.has(organization)) return;
    for (;;) {
      const { known, version } = await this.read();
      if (known.all || known.names.has(organization)) break;
      if (await this.store.put(KEY, withOneMore(known, organization), version)) break;
    }
    // Whoever is there looks again meanwhile, or relies on its last look no more.
    await this.neighbours.look();
    if (this.neighbours.any) await this.clock.sleep(GOOD_MS);
    await this.look();
  }

  private get isKnown(): boolean {
    return this.clock.monotonic() - this.asOf <= GOOD_MS;
  }

  /** Never rejects. */
  private async look(): Promise<void> {
    const begun = this.clock.monotonic();
    try {
      this.known = (await this.read()).known;
      this.asOf = begun;
    } catch (error) {
      this.logger.debug(`It cannot be read which organizations have chains: ${(error as Error).message}`);
    }
  }

  private async read(): Promise<{ known: Known; version: number }> {
    const stored = await this.store.get(KEY);
    if (!stored) return { known: { names: new Set(), all: false }, version: 0 };
    const { organizations, all } = stored.settings as { organizations?: unknown; all?: unknown };
    const isReadable = stored.unreadable === undefined && Array.isArray(organizations);
    const names = isReadable ? organizations.filter((name): name is string => typeof name === 'string') : [];
    return { known: { names: new Set(names), all: !isReadable || all === true }, version: stored.version };
  }
}

function withOneMore({ names }: Known, organization: string): object {
  return names.size < MOST_NAMED ? { organizations: [...names, organization] } : { organizations: [], all: true };
}
