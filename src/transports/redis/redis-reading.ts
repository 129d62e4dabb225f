import type { Clock } from '../../clock/clock.js';
import { SupervisedReading } from '../supervised-reading.js';
import type { Handle, IncomingMessage, Subscription } from '../transport.js';
import type { Trouble } from '../trouble.js';
import { messageIn, type Entry } from './redis-entries.js';
import { REMOVE_IDLE } from './redis-scripts.js';
import type { RedisPlace } from '../../settings/redis-place.js';
import { closeSession, openSession, type RedisClient } from './redis-session.js';

/** Times in milliseconds. */
export interface ReadingOptions {
  /** How many entries are read at once. */
  count: number;
  /** How long a read waits for entries; well below the patience of a connection. */
  blockMs: number;
  /** How often what others left unconfirmed is looked for, and after which time it counts as left. */
  claimEveryMs: number;
  claimIdleMs: number;
  /** After which time a member without anything unconfirmed is forgotten. */
  forgetMs: number;
  /** The wait before what was not stored is handed over again. */
  againMs: number;
  /** How long a stop waits for what is in hand. */
  graceMs: number;
}

export const DEFAULT_READING: ReadingOptions = {
  count: 50,
  blockMs: 2000,
  claimEveryMs: 10_000,
  claimIdleMs: 30_000,
  forgetMs: 3_600_000,
  againMs: 1000,
  graceMs: 5000,
};

interface Parts extends Subscription {
  place: RedisPlace;
  clock: Clock;
  options: ReadingOptions;
  trouble: Trouble;
  handle: Handle;
  member: () => string;
}

/** Reads a stream as a member of a group. */
export class RedisReading extends SupervisedReading {
  private client: RedisClient | null = null;
  private isWaiting = false;
  private known: number | null = null;
  private claimedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: Parts) {
    super(parts.clock, parts.trouble, parts.options.graceMs);
  }

  override async stop(): Promise<void> {
    const stopped = super.stop();
    // What is in hand is stored and confirmed first.
    if (this.isWaiting) closeSession(this.client);
    await stopped;
    closeSession(this.client);
  }

  protected get lag(): number | null {
    return this.known;
  }

  protected async session(): Promise<void> {
    const client = (this.client = await openSession(this.parts.place));
    try {
      await this.ensureGroup(client);
      // First what this member did not confirm on an earlier connection.
      for (let own: string | null = '0'; !this.isStopped;) {
        await this.claimNowAndThen(client);
        const entries = await this.read(client, own ?? '>');
        this.works();
        if (own !== null) own = entries.at(-1)?.id ?? null;
        await this.take(client, entries);
      }
    } finally {
      this.isConnected = false;
      closeSession(client);
    }
  }

  /** From the beginning: what was read before is known by its id. A stream that is not there is made. */
  private async ensureGroup(client: RedisClient): Promise<void> {
    const { topic, group } = this.parts;
    try {
      await client.xGroupCreate(topic, group, '0', { MKSTREAM: true });
    } catch (error) {
      if (!(error as Error).message.startsWith('BUSYGROUP')) throw error;
    }
  }

  private async read(client: RedisClient, id: string): Promise<Entry[]> {
    const { topic, group, member, options } = this.parts;
    this.isWaiting = true;
    try {
      const stream = { key: topic, id };
      const reply = await client.xReadGroup(group, member(), stream, { COUNT: options.count, BLOCK: options.blockMs });
      const streams = (reply ?? []) as unknown as { messages: Entry[] }[];
      return streams[0]?.messages ?? [];
    } finally {
      this.isWaiting = false;
    }
  }

  private async claimNowAndThen(client: RedisClient): Promise<void> {
    const { topic, group, member, clock, options } = this.parts;
    const now = clock.monotonic();
    if (now - this.claimedAt < options.claimEveryMs) return;
    this.claimedAt = now;
    for (let from = '0-0'; !this.isStopped;) {
      const count = { COUNT: options.count };
      const reply = await client.xAutoClaim(topic, group, member(), options.claimIdleMs, from, count);
      await this.take(
        client,
        reply.messages.filter((each) => each !== null),
      );
      from = reply.nextId;
      if (from === '0-0') break;
    }
    await client.eval(REMOVE_IDLE, { keys: [topic], arguments: [group, String(options.forgetMs), member()] });
    await this.look(client);
  }

  private async look(client: RedisClient): Promise<void> {
    const groups = await client.xInfoGroups(this.parts.topic);
    const own = groups.find(({ name }) => String(name) === this.parts.group);
    this.known = own && typeof own.lag === 'number' ? Number(own.lag) + Number(own.pending) : null;
  }

  private async take(client: RedisClient, entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const messages = entries.map(messageIn).filter((message) => message !== null);
    if (messages.length > 0 && !(await this.stored(messages))) return;
    const { topic, group } = this.parts;
    await client.xAck(
      topic,
      group,
      entries.map(({ id }) => id),
    );
  }

  /** Hands them over until they are stored; resolves to false when it is stopped before. */
  private async stored(messages: readonly IncomingMessage[]): Promise<boolean> {
    const { handle, options } = this.parts;
    for (;;) {
      try {
        await handle(messages);
        return true;
      } catch (error) {
        await this.putOff(error, options.againMs);
        if (this.isStopped) return false;
      }
    }
  }
}
