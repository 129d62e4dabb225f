import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient } from '@redis/client';
import kafkajs from 'kafkajs';
import type { TransportName } from '../../src/domain/routes.js';
import type { TaskRunnerOptions } from '../../src/options.js';
import { RedisServer } from './redis-server.js';

/** A message as a stranger reads it from a topic. */
export interface Seen {
  key: string | null;
  event: Record<string, unknown> & { id: string; type: string; data: Record<string, unknown> };
}

/** A broker as a stranger sees it, whom a test may end. */
export interface Broker {
  name: TransportName;
  /** The options of a runner that uses it. */
  options: TaskRunnerOptions;
  createTopic(topic: string): Promise<void>;
  write(topic: string, text: string): Promise<void>;
  /** Everything in the topic, from its beginning. */
  read(topic: string): Promise<Seen[]>;
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

export async function redisBroker({ isDurable = true } = {}): Promise<Broker> {
  const server = await RedisServer.start({ isDurable });
  const ask = async <Result>(
    question: (client: ReturnType<typeof createClient>) => Promise<Result>,
  ): Promise<Result> => {
    const client = createClient({ url: server.url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await question(client as ReturnType<typeof createClient>);
    } finally {
      client.destroy();
    }
  };
  return {
    name: 'redis',
    options: { redisUrl: server.url, transportGroup: `test-${randomUUID().slice(0, 8)}` },
    createTopic: () => Promise.resolve(),
    write: async (topic, event) => void (await ask((client) => client.xAdd(topic, '*', { event }))),
    read: async (topic) =>
      ((await ask((client) => client.xRange(topic, '-', '+'))) as { message: Record<string, string> }[]).map(
        ({ message }) => ({
          key: message['key'] ?? null,
          event: JSON.parse(message['event']!) as Seen['event'],
        }),
      ),
    down: () => server.crash(),
    up: () => server.up(),
    close: () => server.remove(),
  };
}

/** Where Kafka is, and what crashes it and brings it back; null where there is none. */
export const KAFKA_BROKERS = process.env['KAFKA_BROKERS'] ?? null;
const KAFKA_SWITCH = process.env['KAFKA_SWITCH'] ?? null;

export const kafkaSwitch = KAFKA_SWITCH === null ? null : { down: () => turn('crash'), up: () => turn('up') };

async function turn(act: string): Promise<void> {
  await promisify(execFile)(KAFKA_SWITCH!, [act]);
}

export const kafkaClient = () =>
  new kafkajs.Kafka({ brokers: KAFKA_BROKERS!.split(','), logLevel: kafkajs.logLevel.NOTHING });

/** A broker that has just come back knows its topics a little later. */
async function patiently<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 60) throw error;
      await sleep(250);
    }
  }
}

async function asAdmin<Result>(ask: (admin: kafkajs.Admin) => Promise<Result>): Promise<Result> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function createKafkaTopic(topic: string): Promise<void> {
  const topics = [{ topic, numPartitions: 3 }];
  await patiently(() => asAdmin((admin) => admin.createTopics({ topics, waitForLeaders: true })));
  await patiently(() => asAdmin((admin) => admin.fetchTopicOffsets(topic)));
}

export const writeToKafka = (topic: string, key: string, value: string): Promise<void> =>
  patiently(async () => {
    const producer = kafkaClient().producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ key, value }] });
    await producer.disconnect();
  });

/** Everything in the topic, in the order of its partitions. */
async function readFromKafka(topic: string): Promise<Seen[]> {
  const offsets = await patiently(() => asAdmin((admin) => admin.fetchTopicOffsets(topic)));
  const ends = offsets.filter(({ high, low }) => high !== low);
  if (ends.length === 0) return [];
  const consumer = kafkaClient().consumer({ groupId: `reader-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const seen: Seen[] = [];
  const left = new Map(ends.map(({ partition, high }) => [partition, BigInt(high) - 1n]));
  await new Promise<void>((resolve, reject) => {
    const eachMessage = ({ partition, message }: { partition: number; message: kafkajs.KafkaMessage }) => {
      seen.push({
        key: message.key?.toString() ?? null,
        event: JSON.parse(message.value!.toString()) as Seen['event'],
      });
      if (BigInt(message.offset) >= (left.get(partition) ?? -1n)) left.delete(partition);
      if (left.size === 0) resolve();
      return Promise.resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return seen;
}

export function kafkaBroker(): Promise<Broker> {
  return Promise.resolve({
    name: 'kafka',
    options: { kafka: { brokers: KAFKA_BROKERS }, transportGroup: `test-${randomUUID().slice(0, 8)}` },
    createTopic: createKafkaTopic,
    write: (topic, text) => writeToKafka(topic, 'k', text),
    read: readFromKafka,
    down: () => kafkaSwitch!.down(),
    up: () => kafkaSwitch!.up(),
    // A test that failed may have left it down.
    close: () => kafkaSwitch?.up() ?? Promise.resolve(),
  });
}
