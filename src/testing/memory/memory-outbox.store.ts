import type { Telling } from '../../domain/telling.js';
import {
  OutboxStore,
  type Marks,
  type OutboxPage,
  type OutboxSize,
  type StoredTelling,
  type TellingHead,
} from '../../outbox/outbox.store.js';
import { copyOf, keyOf, type MemoryData } from './memory-data.js';

/** Stores the messages about changes that were made: of those subjects that `isMade` accepts. */
export function putTellings(
  { outbox }: MemoryData,
  tellings: readonly Telling[] | undefined,
  isMade: (subject: string) => boolean,
): void {
  for (const { messages, ...head } of tellings ?? []) {
    const made = messages.filter(({ subject }) => subject === null || isMade(subject)).map(({ body }) => body);
    const key = keyOf(head.stream, String(head.sequence));
    if (made.length > 0 && !outbox.has(key)) outbox.set(key, { ...copyOf(head), messages: made });
  }
}

const sizeOf = ({ messages }: StoredTelling): number => messages.reduce((sum, { length }) => sum + length, 0);

/** Keeps the outbox in memory. */
export class MemoryOutboxStore extends OutboxStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  append(tellings: readonly Telling[]): Promise<void> {
    return Promise.resolve(putTellings(this.data, tellings, () => true));
  }

  streams(): Promise<string[]> {
    const told = [...this.data.outbox.values()].map(({ stream }) => stream);
    return Promise.resolve([...new Set([...told, ...this.data.outboxMarks.keys()])].sort());
  }

  read(stream: string, { after, bytes }: OutboxPage): Promise<StoredTelling[]> {
    let sum = 0;
    const fitting = this.of(stream).filter((each) => {
      if (each.sequence <= after) return false;
      const isFirst = sum === 0;
      sum += sizeOf(each);
      return isFirst || sum <= bytes;
    });
    return Promise.resolve(copyOf(fitting));
  }

  marks(stream: string): Promise<Marks> {
    return Promise.resolve(Object.fromEntries(this.data.outboxMarks.get(stream) ?? []));
  }

  settle(stream: string, marks: Marks, through: number): Promise<void> {
    const stored = this.data.outboxMarks.get(stream) ?? new Map<string, number>();
    this.data.outboxMarks.set(stream, stored);
    for (const [name, sequence] of Object.entries(marks)) stored.set(name, Math.max(sequence, stored.get(name) ?? 0));
    this.remove(this.of(stream).filter(({ sequence }) => sequence <= through));
    return Promise.resolve();
  }

  prune(stream: string): Promise<void> {
    const marks = this.data.outboxMarks.get(stream);
    const has = (name: string, sequence: number) => (marks?.get(name) ?? 0) >= sequence;
    this.remove(
      this.of(stream).filter(({ consumers, sequence }) => Object.keys(consumers).every((name) => has(name, sequence))),
    );
    if (this.of(stream).length === 0) this.data.outboxMarks.delete(stream);
    return Promise.resolve();
  }

  size(): Promise<OutboxSize> {
    const all = [...this.data.outbox.values()];
    const bytes = all.reduce((sum, each) => sum + sizeOf(each), 0);
    return Promise.resolve({ bytes, oldest: all.length === 0 ? null : Math.min(...all.map(({ at }) => at)) });
  }

  oldest(limit: number): Promise<TellingHead[]> {
    const sorted = [...this.data.outbox.values()].sort((a, b) => a.at - b.at).slice(0, limit);
    return Promise.resolve(copyOf(sorted.map(({ messages, ...head }) => ({ ...head, bytes: sizeOf({ ...head, messages }) })))); // prettier-ignore
  }

  giveUp(heads: readonly TellingHead[], lost: Marks): Promise<void> {
    this.remove(heads);
    const { outboxLosses } = this.data;
    for (const [name, count] of Object.entries(lost)) outboxLosses.set(name, (outboxLosses.get(name) ?? 0) + count);
    return Promise.resolve();
  }

  losses(): Promise<Marks> {
    return Promise.resolve(Object.fromEntries(this.data.outboxLosses));
  }

  private of(stream: string): StoredTelling[] {
    const own = [...this.data.outbox.values()].filter((each) => each.stream === stream);
    return own.sort((a, b) => a.sequence - b.sequence);
  }

  private remove(tellings: readonly Pick<StoredTelling, 'stream' | 'sequence'>[]): void {
    for (const { stream, sequence } of tellings) this.data.outbox.delete(keyOf(stream, String(sequence)));
  }
}
