import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Clock } from '../../clock/clock.js';
import { chunksOf } from '../../domain/chunks.js';
import { SupervisedReading } from '../supervised-reading.js';
import type { Handle, Subscription } from '../transport.js';
import type { Trouble } from '../trouble.js';
import { noTopic } from './kafka-client.js';
import { messageIn } from './kafka-records.js';

/** Times in milliseconds. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 2000;
const AGAIN_MS = 1000;
const GRACE_MS = 5000;
/** How many records are handed over at once, and the most bytes that are fetched of a partition and of all. */
const AT_ONCE = 50;
const PARTITION_BYTES = 1_048_576;
const FETCH_BYTES = 4_194_304;

interface Parts extends Subscription {
  kafka: Kafka;
  clock: Clock;
  trouble: Trouble;
  handle: Handle;
  hasTopic: () => Promise<boolean>;
}

/** Reads a topic as a member of a group. */
export class KafkaReading extends SupervisedReading {
  private readonly lags = new Map<number, number>();

  constructor(private readonly parts: Parts) {
    super(parts.clock, parts.trouble, GRACE_MS);
  }

  protected get lag(): number | null {
    return this.isConnected ? [...this.lags.values()].reduce((sum, each) => sum + each, 0) : null;
  }

  protected async session(): Promise<void> {
    const { kafka, group: groupId, topic, hasTopic } = this.parts;
    if (!(await hasTopic())) throw new Error(noTopic(topic));
    const consumer = kafka.consumer({
      ...{ groupId, sessionTimeout: SESSION_MS, heartbeatInterval: HEARTBEAT_MS, allowAutoTopicCreation: false },
      ...{ maxBytesPerPartition: PARTITION_BYTES, maxBytes: FETCH_BYTES, maxWaitTimeInMs: 500 },
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 2, restartOnFailure: () => Promise.resolve(false) },
    });
    const ended = this.endOf(consumer);
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({ eachBatchAutoResolve: false, eachBatch: (batch) => this.take(batch) });
      await ended;
    } finally {
      this.isConnected = false;
      this.lags.clear();
      await this.parts.clock.noLongerThan(GRACE_MS, consumer.disconnect()).catch(() => undefined);
    }
  }

  /** Resolves when it is stopped, rejects when the client has given up. */
  private async endOf(consumer: Consumer): Promise<void> {
    const end = new Promise<void>((resolve, reject) => {
      const { CRASH, GROUP_JOIN, FETCH, STOP } = consumer.events;
      consumer.on(GROUP_JOIN, () => this.works());
      consumer.on(FETCH, () => this.works());
      consumer.on(CRASH, ({ payload }) => reject(payload.error));
      consumer.on(STOP, () => reject(new Error('The client has stopped.')));
      this.stopping.signal.addEventListener('abort', () => resolve());
      if (this.isStopped) resolve();
    });
    // It may fail before anybody waits for it.
    end.catch(() => undefined);
    return end;
  }

  private async take(payload: EachBatchPayload): Promise<void> {
    const { partition, messages, highWatermark } = payload.batch;
    for (const some of chunksOf(messages, AT_ONCE)) {
      if (!(await this.stored(some, payload))) return;
      const { offset } = some.at(-1)!;
      payload.resolveOffset(offset);
      this.lags.set(partition, Math.max(0, Number(BigInt(highWatermark) - BigInt(offset) - 1n)));
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      await payload.heartbeat();
    }
  }

  /** Hands them over until they are stored; resolves to false when they are somebody else's meanwhile. */
  private async stored(some: readonly KafkaMessage[], payload: EachBatchPayload): Promise<boolean> {
    const { handle } = this.parts;
    const messages = some.map((record) => messageIn(payload.batch.partition, record));
    for (;;) {
      if (this.isStopped || !payload.isRunning() || payload.isStale()) return false;
      try {
        await this.withHeartbeats(handle(messages), payload);
        return true;
      } catch (error) {
        await this.putOff(error, AGAIN_MS);
      }
      await payload.heartbeat();
    }
  }

  /** The group must not take a member for dead because it waits for the store. */
  private async withHeartbeats(work: Promise<void>, payload: EachBatchPayload): Promise<void> {
    let isOver = false;
    const over = work.then(
      () => void (isOver = true),
      () => void (isOver = true),
    );
    while (!isOver) {
      await this.parts.clock.noLongerThan(HEARTBEAT_MS, over);
      if (!isOver) await payload.heartbeat().catch(() => undefined);
    }
    return work;
  }
}
