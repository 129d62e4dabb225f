import { Logger } from '@nestjs/common';
import type { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { messageOf } from '../../domain/thrown.js';
import { ActionError } from '../../integrations/action.js';
import type { Failure, Handle, OutgoingMessage, PublishOptions, Reading, Subscription } from '../transport.js';
import { Transport } from '../transport.js';
import type { RedisPlace } from '../../settings/redis-place.js';
import { Trouble } from '../trouble.js';
import { DEFAULT_READING, RedisReading, type ReadingOptions } from './redis-reading.js';
import { closeSession, openSession, serverIn, type RedisClient } from './redis-session.js';
import { persistenceFaults } from './redis-persistence.js';

/** How often it is looked whether the server answers, and the wait before a message is sent again (ms). */
const LOOK_EVERY_MS = 2000;
const AGAIN_MS = 1000;

/** Publishes to and reads streams of a Redis server, each over a connection of its own. */
export class RedisTransport extends Transport {
  readonly name = 'redis';
  readonly server: string;
  private readonly logger = new Logger('Redis');
  private readonly trouble: Trouble;
  private readonly rounds: Rounds;
  private client: RedisClient | null = null;
  private opening: Promise<RedisClient> | null = null;
  private isChecked = false;

  constructor(
    private readonly place: RedisPlace,
    private readonly clock: Clock,
    /** The name of this member in its groups. */
    private readonly member: () => string,
    private readonly options: ReadingOptions = DEFAULT_READING,
  ) {
    super();
    this.server = serverIn(place.url);
    this.trouble = new Trouble(this.server, clock, this.logger);
    this.rounds = new Rounds(
      clock,
      () => LOOK_EVERY_MS,
      () => this.look(),
    );
  }

  get failure(): Failure | null {
    return this.trouble.failure;
  }

  start(): void {
    if (this.rounds.isStopped) void this.rounds.start();
  }

  async publish(
    topic: string,
    messages: readonly OutgoingMessage[],
    { keepMs, signal }: PublishOptions,
  ): Promise<void> {
    signal.throwIfAborted();
    try {
      const client = await this.connected();
      // Over one connection, in this order; what was accepted before a failure is sent again with the rest.
      const ids = await Promise.all(messages.map(({ key, event }) => client.xAdd(topic, '*', { key, event })));
      await this.trim(client, topic, Number.parseInt(ids.at(-1) ?? '0', 10) - keepMs);
    } catch (error) {
      throw new ActionError('broker', messageOf(error, 500), { retryAfterMs: AGAIN_MS });
    }
  }

  subscribe(subscription: Subscription, handle: Handle): Reading {
    const { place, clock, options, logger, server } = this;
    const trouble = new Trouble(`The stream ${subscription.topic} of ${server}`, clock, logger);
    const reading = new RedisReading({ place, clock, options, trouble, handle, ...subscription, member: this.member });
    reading.start();
    return reading;
  }

  async stop(): Promise<void> {
    closeSession(this.client);
    await this.rounds.stop();
    closeSession(this.client);
  }

  /** By the server's own time, which the ids of entries tell. What cannot be trimmed now is trimmed with the next ones. */
  private async trim(client: RedisClient, topic: string, before: number): Promise<void> {
    if (before > 0) await client.xTrim(topic, 'MINID', before, { strategyModifier: '~' }).catch(() => undefined);
  }

  private async look(): Promise<void> {
    try {
      const client = await this.connected();
      await client.ping();
      this.trouble.end();
      if (!this.isChecked)
        for (const fault of await persistenceFaults(client)) this.logger.warn(`${this.server} ${fault}`);
      this.isChecked = true;
    } catch (error) {
      closeSession(this.client);
      if (!this.rounds.isStopped) this.trouble.begin(error);
    }
  }

  private async connected(): Promise<RedisClient> {
    if (this.client?.isReady) return this.client;
    this.opening ??= openSession(this.place).finally(() => (this.opening = null));
    return (this.client = await this.opening);
  }
}
