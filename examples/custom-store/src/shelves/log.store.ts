import { type LogChunk, type LogEntry, LogStore } from 'scheduled-task-runner/store';
import { copyOf, keyOf, type ShelfData } from './data.js';

/** Keeps the logs of runs in memory. */
export class ShelfLogStore extends LogStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async append(chunks: readonly LogChunk[]): Promise<void> {
    for (const { organization, runId, entries } of chunks) {
      const key = keyOf(organization, runId);
      const log = this.data.logs.get(key) ?? new Map<number, LogEntry[]>();
      const first = entries[0]!.sequence;
      if (!log.has(first)) log.set(first, copyOf([...entries]));
      this.data.logs.set(key, log);
    }
  }

  async lastBelow(organization: string, runId: string, below: number): Promise<number | null> {
    const own = [...(this.data.logs.get(keyOf(organization, runId))?.values() ?? [])].flat();
    const sequences = own.map(({ sequence }) => sequence).filter((each) => each < below);
    return sequences.length === 0 ? null : Math.max(...sequences);
  }

  async list(organization: string, runId: string, after: number, limit: number): Promise<LogEntry[]> {
    const entries = [...(this.data.logs.get(keyOf(organization, runId))?.values() ?? [])].flat();
    const shown = entries.filter(({ sequence }) => sequence > after).sort((a, b) => a.sequence - b.sequence);
    return copyOf(shown.slice(0, limit));
  }
}
