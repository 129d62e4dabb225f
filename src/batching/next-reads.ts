import { askedByMany } from './asker.js';

interface Line<Value> {
  /** Settles with the read that is under way. */
  underWay: Promise<unknown>;
  /** The read that begins after it, for all who ask meanwhile. */
  next: Promise<Value> | null;
}

/**
 * Reads by key. Whoever asks while one is under way shares the next one with all others who do: a read starts after its
 * requests, so that it sees every write acknowledged before them.
 */
export class NextReads<Value> {
  private readonly lines = new Map<string, Line<Value>>();

  /** What is read now. Callers that ask at the same time may share it; they must not change it. */
  of(key: string, read: () => Promise<Value>): Promise<Value> {
    const line = this.lines.get(key);
    if (!line) return this.begin(key, read);
    line.next ??= line.underWay.then(() => this.begin(key, read));
    return line.next;
  }

  private begin(key: string, read: () => Promise<Value>): Promise<Value> {
    const reading = askedByMany(read);
    const line: Line<Value> = { underWay: Promise.resolve(), next: null };
    line.underWay = reading.then(
      () => this.end(key, line),
      () => this.end(key, line),
    );
    this.lines.set(key, line);
    return reading;
  }

  private end(key: string, line: Line<Value>): void {
    if (line.next === null) this.lines.delete(key);
  }
}
