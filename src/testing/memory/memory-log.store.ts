import { LogStore, type LogChunk, type LogEntry } from '../../execution-log/log.store.js';
import { copyOf, keyOf, type MemoryData } from './memory-data.js';

/** Keeps the logs of runs in memory. */
export class MemoryLogStore extends LogStore {
  constructor(private readonly data: MemoryData) {
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
    return Promise.resolve();
  }

  async lastBelow(organization: string, runId: string, below: number): Promise<number | null> {
    const own = [...(this.data.logs.get(keyOf(organization, runId))?.values() ?? [])].flat();
    const sequences = own.map(({ sequence }) => sequence).filter((each) => each < below);
    return Promise.resolve(sequences.length === 0 ? null : Math.max(...sequences));
  }

  async list(organization: string, runId: string, after: number, limit: number): Promise<LogEntry[]> {
    const entries = [...(this.data.logs.get(keyOf(organization, runId))?.values() ?? [])].flat();
    const shown = entries.filter(({ sequence }) => sequence > after).sort((a, b) => a.sequence - b.sequence);
    return Promise.resolve(copyOf(shown.slice(0, limit)));
  }
}
