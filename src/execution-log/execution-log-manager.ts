import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Run } from '../domain/run.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { company, GroupCommit } from '../storage/group-commit.js';
import { Patience } from '../storage/patience.js';
import { ENTRIES_PER_ATTEMPT, startedEntry } from './attempt-entries.js';
import { keptData } from './kept-data.js';
import { LogReads, LogStore, type LogChunk, type LogEntry, type LogLevel } from './log.store.js';

const MOST_ENTRIES = 10_000;
const LONGEST_MESSAGE = 10_000;
/** The most characters of an attempt's messages and data, and of those of them that are stored together. */
const MOST_CHARS = 4_000_000;
const MOST_CHARS_TOGETHER = 500_000;
/** How long an entry of an attempt under way waits before it can be read. */
const FLUSH_MS = 100;

type Entry = Omit<LogEntry, 'sequence'>;

/** Writes the entries of one attempt. */
export class AttemptLog {
  private entries: Entry[] = [];
  private start: Parameters<typeof startedEntry> | undefined;
  private count = 0;
  private chars = 0;
  private stored = 0;
  private flushing = false;

  constructor(
    private readonly run: Pick<Run, 'id' | 'organization'>,
    private readonly attempt: number,
    private readonly clock: Clock,
    /** The sequence after which its entries count. */
    private readonly base: number | Promise<number>,
    private readonly append: (chunk: LogChunk) => Promise<void>,
  ) {}

  /** Begins the log with the start of the attempt at `at` (epoch ms), so many milliseconds late. */
  begin(at: number, instance: string, latenessMs: number): void {
    this.start = [this.attempt, at, instance, latenessMs];
  }

  /** Whether it has no entry but that of its start, and that one is not stored. */
  get isSilent(): boolean {
    return this.start !== undefined;
  }

  /** Adds an entry of whatever length and data; it can be read a moment later. */
  add(level: LogLevel, message: string, data?: unknown): void {
    this.open();
    if (this.isFull) return;
    const entry: Entry = {
      at: this.clock.now(),
      attempt: this.attempt,
      level,
      message: message.slice(0, LONGEST_MESSAGE),
    };
    if (data !== undefined && data !== null) entry.data = keptData(data);
    this.count++;
    this.chars += charsOf(entry);
    if (this.isFull) {
      delete entry.data;
      entry.message = 'Further entries of this attempt are left out.';
    }
    this.entries.push(entry);
  }

  /** Stores what was added within a moment, unless `flush` is called before. */
  flushSoon(): void {
    if (this.flushing) return;
    this.flushing = true;
    this.clock.after(FLUSH_MS, () => {
      this.flushing = false;
      void this.flush();
    });
  }

  /** Stores what was added. */
  async flush(): Promise<void> {
    this.open();
    if (this.entries.length === 0) return;
    const added = this.entries;
    const first = this.stored + 1;
    this.entries = [];
    this.stored += added.length;
    const base = await this.base;
    const { organization, id: runId } = this.run;
    let sequence = base + first;
    for (const part of partsOf(added)) {
      await this.append({ organization, runId, entries: part.map((entry) => ({ sequence: sequence++, ...entry })) });
    }
  }

  private get isFull(): boolean {
    return this.count >= MOST_ENTRIES || this.chars >= MOST_CHARS;
  }

  private open(): void {
    if (!this.start) return;
    this.count++;
    this.entries.push(startedEntry(...this.start));
    this.start = undefined;
  }
}

/** The entries in parts that one record of a store can hold. */
function* partsOf(entries: readonly Entry[]): Generator<Entry[]> {
  let part: Entry[] = [];
  let chars = 0;
  for (const entry of entries) {
    const more = charsOf(entry);
    if (part.length > 0 && chars + more > MOST_CHARS_TOGETHER) {
      yield part;
      [part, chars] = [[], 0];
    }
    part.push(entry);
    chars += more;
  }
  yield part;
}

const charsOf = ({ message, data }: Entry): number => message.length + (data ? JSON.stringify(data).length : 0);

/** Keeps the log of each run: entries are only ever added, and written together with those of other runs. */
@Injectable()
export class ExecutionLogManager {
  private readonly logger = new Logger(ExecutionLogManager.name);
  private readonly commits: GroupCommit<LogChunk, void>;
  private readonly patience: Patience;

  constructor(
    private readonly store: LogStore,
    private readonly reads: LogReads,
    private readonly clock: Clock,
    private readonly events: LifecycleEvents,
    @Inject(ENGINE_SETTINGS) { batchMs }: Pick<EngineSettings, 'batchMs'> = { batchMs: 0 },
  ) {
    this.patience = new Patience(clock, 'The log of runs');
    this.commits = new GroupCommit<LogChunk, void>((chunks) => this.write(chunks), {
      limit: 1000,
      ...company(clock, batchMs),
    });
  }

  /** A log for an attempt of a run. */
  open(run: Pick<Run, 'id' | 'organization'>, attempt: number): AttemptLog {
    return new AttemptLog(run, attempt, this.clock, attempt * ENTRIES_PER_ATTEMPT, (chunk) => this.append(chunk));
  }

  /** A log that goes on where another instance left an attempt's. */
  reopen(run: Pick<Run, 'id' | 'organization'>, attempt: number): AttemptLog {
    return new AttemptLog(run, attempt, this.clock, this.lastOf(run, attempt), (chunk) => this.append(chunk));
  }

  /** A run's entries after a sequence, ascending. */
  list(organization: string, runId: string, after: number, limit: number): Promise<LogEntry[]> {
    return this.reads.list(organization, runId, after, limit);
  }

  /** Ends the repetitions in an outage of the store: what cannot be written now is left out. */
  stop(): void {
    this.patience.end();
  }

  /** The last sequence of an attempt; a store that cannot tell leaves room for as many as there can be. */
  private async lastOf({ organization, id }: Pick<Run, 'id' | 'organization'>, attempt: number): Promise<number> {
    const base = attempt * ENTRIES_PER_ATTEMPT;
    const entries = await this.store.list(organization, id, base, MOST_ENTRIES).catch(() => null);
    return entries === null ? base + MOST_ENTRIES : (entries.at(-1)?.sequence ?? base);
  }

  private async write(chunks: LogChunk[]): Promise<void[]> {
    await this.patience.untilAvailable(() => this.store.append(chunks));
    return [];
  }

  /** A log that cannot be written must not fail the run that it tells of; it is reported and left out. */
  private async append(chunk: LogChunk): Promise<void> {
    try {
      await this.commits.add(chunk);
      this.events.emit('log.appended', { chunk });
    } catch (error) {
      this.logger.error(`Log entries of run ${chunk.runId} could not be stored: ${(error as Error).message}`);
    }
  }
}
