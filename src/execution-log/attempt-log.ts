import type { Clock } from '../clock/clock.js';
import { ByteBudget } from '../domain/byte-budget.js';
import { jsonSize } from '../domain/json-size.js';
import type { JsonObject } from '../domain/json.js';
import type { Run } from '../domain/run.js';
import { startedEntry } from './attempt-entries.js';
import { keptData } from './kept-data.js';
import { LogMemory } from './log-memory.js';
import type { LogChunk, LogEntry, LogLevel } from './log.store.js';

/** Maximum number of entries that an attempt's action may add. */
export const MOST_ENTRIES = 10_000;
const LONGEST_MESSAGE = 10_000;
/** Maximum number of characters of an attempt's messages and data, in total and stored together. */
const MOST_CHARS = 4_000_000;
const MOST_CHARS_TOGETHER = 500_000;
/** How long an entry of a running attempt waits before it can be read. */
const FLUSH_MS = 100;
/** About how many bytes an entry takes in memory beside its message and data. */
const FRAME = 200;
const NO_ROOM = 'more of what runs log waits to be written than there is room for (HELD_BYTES)';

type Entry = Omit<LogEntry, 'sequence'>;

interface Measured {
  entry: Entry;
  /** Characters of its message and data. */
  chars: number;
}

/** Writes the entries of one attempt. */
export class AttemptLog {
  private entries: Measured[] = [];
  private start: Parameters<typeof startedEntry> | undefined;
  private count = 0;
  private chars = 0;
  private stored = 0;
  private flushing = false;
  /** How many entries found no room, and are not told of yet. */
  private leftOut = 0;
  private readonly memory: LogMemory;

  constructor(
    private readonly run: Pick<Run, 'id' | 'organization'>,
    private readonly attempt: number,
    private readonly clock: Clock,
    /** The sequence that its entries follow. */
    private readonly base: number | Promise<number>,
    private readonly append: (chunk: LogChunk, bytes: number) => Promise<void>,
    /** The memory of all entries that wait to be written. */
    room = new ByteBudget(Number.POSITIVE_INFINITY),
  ) {
    this.memory = new LogMemory(room, run.organization);
  }

  /** Starts the log with the start of the attempt at `at` (epoch ms), `latenessMs` late. */
  begin(at: number, instance: string, latenessMs: number): void {
    this.start = [this.attempt, at, instance, latenessMs];
  }

  /** Whether it has only the entry of its start, not yet stored. */
  get isSilent(): boolean {
    return this.start !== undefined;
  }

  /** Leaves the start unwritten for good, also by a flush that was asked for: what there is to tell follows from the run. */
  leaveSilent(): void {
    this.start = undefined;
  }

  /**
   * Adds an entry of the action, with a message and data of any size; readers see it a moment later. A function makes
   * the data as it is to be stored. What finds no room is left out, and the log says how much that was.
   */
  add(level: LogLevel, message: string, data?: unknown): void {
    this.open();
    if (this.isFull) return;
    const text = message.slice(0, LONGEST_MESSAGE);
    // Nothing is done for data whose message has no room already.
    if (!this.memory.take(FRAME + jsonSize(text))) return void this.leftOut++;
    this.tellLeftOut();
    const entry = this.entryOf(level, text);
    if (typeof data === 'function') entry.data = this.dataWithRoom((data as () => JsonObject)());
    else if (data !== undefined && data !== null) entry.data = this.dataWithRoom(keptData(data));
    const chars = charsOf(entry);
    this.count++;
    this.chars += chars;
    if (this.isFull) this.push(this.entryOf(level, 'Further entries of this attempt are left out.'));
    else this.entries.push({ entry, chars });
  }

  /** Adds an entry of the runner itself, which is never left out. */
  tell(level: LogLevel, message: string, data?: JsonObject): void {
    this.open();
    this.tellLeftOut();
    this.push(this.entryOf(level, message, data));
  }

  /** Stores the added entries shortly, unless `flush` is called first. */
  flushSoon(): void {
    if (this.flushing) return;
    this.flushing = true;
    this.clock.after(FLUSH_MS, () => {
      this.flushing = false;
      // Otherwise a later entry tells of it: while nothing can be written, nothing more is to wait for that.
      if (this.memory.take(FRAME)) this.tellLeftOut();
      void this.flush();
    });
  }

  /** Stores the added entries. */
  async flush(): Promise<void> {
    this.open();
    if (this.entries.length === 0) return;
    const added = this.entries;
    const release = this.memory.handOver();
    const first = this.stored + 1;
    this.entries = [];
    this.stored += added.length;
    try {
      await this.write(added, (await this.base) + first);
    } finally {
      release();
    }
  }

  private async write(added: readonly Measured[], first: number): Promise<void> {
    const { organization, id: runId } = this.run;
    let sequence = first;
    for (const { part, chars } of partsOf(added)) {
      const entries = part.map(({ entry }) => ({ sequence: sequence++, ...entry }));
      await this.append({ organization, runId, entries }, chars + FRAME * part.length);
    }
  }

  private get isFull(): boolean {
    return this.count >= MOST_ENTRIES || this.chars >= MOST_CHARS;
  }

  private open(): void {
    if (!this.start) return;
    this.count++;
    const start = startedEntry(...this.start);
    this.start = undefined;
    this.push(start);
  }

  private tellLeftOut(): void {
    if (this.leftOut === 0) return;
    const lines = this.leftOut === 1 ? '1 line was' : `${this.leftOut} lines were`;
    this.leftOut = 0;
    this.push(this.entryOf('warn', `${lines} left out here: ${NO_ROOM}.`));
  }

  private push(entry: Entry): void {
    const chars = charsOf(entry);
    this.memory.hold(FRAME + chars);
    this.entries.push({ entry, chars });
  }

  private entryOf(level: LogLevel, message: string, data?: JsonObject): Entry {
    const entry: Entry = { at: this.clock.now(), attempt: this.attempt, level, message };
    if (data) entry.data = data;
    return entry;
  }

  private dataWithRoom(data: JsonObject): JsonObject {
    return this.memory.take(jsonSize(data)) ? data : { leftOut: NO_ROOM };
  }
}

/** Splits entries into parts that fit one record of a store. */
function* partsOf(entries: readonly Measured[]): Generator<{ part: Measured[]; chars: number }> {
  let part: Measured[] = [];
  let chars = 0;
  for (const entry of entries) {
    if (part.length > 0 && chars + entry.chars > MOST_CHARS_TOGETHER) {
      yield { part, chars };
      [part, chars] = [[], 0];
    }
    part.push(entry);
    chars += entry.chars;
  }
  yield { part, chars };
}

const charsOf = ({ message, data }: Entry): number => message.length + (data ? JSON.stringify(data).length : 0);
