import { Inject, Injectable, Logger } from '@nestjs/common';
import { Presence } from '../cluster/presence.js';
import { Clock } from '../clock/clock.js';
import { ByteBudget } from '../domain/byte-budget.js';
import type { Run } from '../domain/run.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { company, GroupCommit } from '../batching/group-commit.js';
import { Patience } from '../batching/patience.js';
import { ENTRIES_PER_ATTEMPT } from './attempt-entries.js';
import { AttemptLog, MOST_ENTRIES } from './attempt-log.js';
import { LogReads, LogStore, type LogChunk, type LogEntry } from './log.store.js';

/** What an instance has where no settings are given. */
const DEFAULTS = { batchMs: 0, heldBytes: Number.POSITIVE_INFINITY };
/** How many bytes of entries are written together, beyond the last chunk of them. */
const MOST_BYTES = 2_000_000;

interface Sized {
  chunk: LogChunk;
  bytes: number;
}

/** Keeps the log of each run: entries are only added, and written together with those of other runs. */
@Injectable()
export class ExecutionLogManager {
  private readonly logger = new Logger(ExecutionLogManager.name);
  private readonly commits: GroupCommit<Sized, void>;
  private readonly patience: Patience;
  /** The memory of all entries that wait to be written. */
  private readonly room: ByteBudget;

  constructor(
    private readonly store: LogStore,
    private readonly reads: LogReads,
    private readonly clock: Clock,
    private readonly events: LifecycleEvents,
    presence: Presence,
    @Inject(ENGINE_SETTINGS) { batchMs, heldBytes }: Pick<EngineSettings, 'batchMs' | 'heldBytes'> = DEFAULTS,
  ) {
    this.patience = new Patience(clock, 'The log of runs');
    this.room = new ByteBudget(heldBytes / 3);
    this.commits = new GroupCommit<Sized, void>((sized) => this.write(sized.map(({ chunk }) => chunk)), {
      limit: 1000,
      pace: presence.pace(),
      bytes: { most: MOST_BYTES, of: ({ bytes }) => bytes },
      partyOf: ({ chunk }) => chunk.organization,
      ...company(clock, batchMs),
    });
  }

  /** A log for an attempt of a run. */
  open(run: Pick<Run, 'id' | 'organization'>, attempt: number): AttemptLog {
    return new AttemptLog(run, attempt, this.clock, attempt * ENTRIES_PER_ATTEMPT, this.append, this.room);
  }

  /** A log that continues the log of an attempt from another instance. */
  reopen(run: Pick<Run, 'id' | 'organization'>, attempt: number): AttemptLog {
    return new AttemptLog(run, attempt, this.clock, this.lastOf(run, attempt), this.append, this.room);
  }

  /** A run's entries after a sequence, ascending. */
  list(organization: string, runId: string, after: number, limit: number): Promise<LogEntry[]> {
    return this.reads.list(organization, runId, after, limit);
  }

  /** A sequence at or behind which a run has no entries that begin below `below`; null where it has none. */
  lastBelow(organization: string, runId: string, below: number): Promise<number | null> {
    return this.reads.lastBelow(organization, runId, below);
  }

  /** Stops retrying during an outage of the store: entries that cannot be written now are left out. */
  stop(): void {
    this.patience.end();
  }

  /** The last sequence of an attempt; if the store cannot tell, room is left for the maximum number of entries. */
  private async lastOf({ organization, id }: Pick<Run, 'id' | 'organization'>, attempt: number): Promise<number> {
    const base = attempt * ENTRIES_PER_ATTEMPT;
    try {
      const last = await this.store.lastBelow(organization, id, base + ENTRIES_PER_ATTEMPT);
      return Math.max(base, last ?? base);
    } catch {
      return base + 2 * MOST_ENTRIES;
    }
  }

  private async write(chunks: LogChunk[]): Promise<void[]> {
    await this.patience.untilAvailable(() => this.store.append(chunks));
    return [];
  }

  /** A log that cannot be written must not fail its run; the failure is reported and the entries are left out. */
  private readonly append = async (chunk: LogChunk, bytes: number): Promise<void> => {
    try {
      await this.commits.add({ chunk, bytes });
      this.events.emit('log.appended', { chunk });
    } catch (error) {
      this.logger.error(`Log entries of run ${chunk.runId} could not be stored: ${(error as Error).message}`);
    }
  };
}
