import type { Telling } from '../domain/telling.js';

/** What was told at once, as it is stored. */
export interface StoredTelling extends Pick<Telling, 'stream' | 'sequence' | 'at' | 'consumers'> {
  /** The messages, each as JSON, whose changes were made; none where it cannot be read. */
  messages: string[];
}

/** A telling without its messages. */
export type TellingHead = Pick<Telling, 'stream' | 'sequence' | 'at' | 'consumers'> & { bytes: number };

/** How much is stored, and since when (epoch ms; null for nothing). */
export interface OutboxSize {
  bytes: number;
  oldest: number | null;
}

/** Which part of a stream to read, and the present time (epoch ms). */
export interface OutboxPage {
  after: number;
  bytes: number;
  now: number;
}

/** Up to which number of a stream a consumer has got everything, by the consumer's name. */
export type Marks = Readonly<Record<string, number>>;

/** Keeps what has yet to be told to consumers, in a stream for each instance that wrote it, and how far each has got. */
export abstract class OutboxStore {
  /** Stores messages that stand by themselves; what is there already stays. */
  abstract append(tellings: readonly Telling[]): Promise<void>;

  /** Every stream of which something is stored, and be it a mark, each once; at most 2,000. */
  abstract streams(): Promise<string[]>;

  /**
   * What is stored of the stream behind the number `after`, in order: as much as fits into `bytes`, and at least one. A
   * message whose change was not made is left out, as of `now` (epoch ms).
   */
  abstract read(stream: string, { after, bytes, now }: OutboxPage): Promise<StoredTelling[]>;

  abstract marks(stream: string): Promise<Marks>;

  /** Moves the marks of these consumers forward, and deletes what is stored up to the number `through`. */
  abstract settle(stream: string, marks: Marks, through: number): Promise<void>;

  /** Deletes what every one of its consumers has, and the marks of the stream if nothing of it is left. */
  abstract prune(stream: string): Promise<void>;

  abstract size(): Promise<OutboxSize>;

  /** The oldest tellings, by their time. */
  abstract oldest(limit: number): Promise<TellingHead[]>;

  /** Deletes these tellings, and counts the messages that consumers lose by it. */
  abstract giveUp(heads: readonly TellingHead[], lost: Marks): Promise<void>;

  /** How many messages each consumer has lost, by its name. */
  abstract losses(): Promise<Marks>;
}
