import { Logger } from '@nestjs/common';
import type { Admin, Kafka, Producer } from 'kafkajs';
import type { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { messageOf } from '../../domain/thrown.js';
import { ActionError } from '../../integrations/action.js';
import type { KafkaSettings } from '../../settings/settings.js';
import {
  Transport,
  type Failure,
  type Handle,
  type OutgoingMessage,
  type PublishOptions,
  type Reading,
  type Subscription,
} from '../transport.js';
import { Trouble } from '../trouble.js';
import { brokerList, kafkaOf, noTopic, protocolCode } from './kafka-client.js';
import { KafkaReading } from './kafka-reading.js';

/** How often it is looked whether the cluster answers, and the waits before a message is sent again (ms). */
const LOOK_EVERY_MS = 2000;
const AGAIN_MS = 1000;
const NO_TOPIC_MS = 5000;
const ACKS_OF_ALL = -1;
const HEADERS = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
/** With these, a broker says that it will never accept a message. */
const NEVER = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

/** Publishes to and reads topics of a Kafka cluster. Each part that fails is replaced by a new one. */
export class KafkaTransport extends Transport {
  readonly name = 'kafka';
  readonly server: string;
  private readonly kafka: Kafka;
  private readonly logger = new Logger('Kafka');
  private readonly trouble: Trouble;
  private readonly rounds: Rounds;
  private producer: Promise<Producer> | null = null;
  private admin: Promise<Admin> | null = null;

  constructor(
    settings: KafkaSettings,
    private readonly clock: Clock,
  ) {
    super();
    this.kafka = kafkaOf(settings);
    this.server = `Kafka at ${brokerList(settings.brokers).join(', ')}`;
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

  async publish(topic: string, messages: readonly OutgoingMessage[], { signal }: PublishOptions): Promise<void> {
    signal.throwIfAborted();
    const records = messages.map(({ key, event }) => ({ key, value: event, headers: HEADERS }));
    try {
      const producer = await this.connectedProducer();
      await producer.send({ topic, acks: ACKS_OF_ALL, messages: records });
    } catch (error) {
      throw this.refusal(topic, error);
    }
  }

  subscribe(subscription: Subscription, handle: Handle): Reading {
    const { kafka, clock, logger, server } = this;
    const trouble = new Trouble(`The topic ${subscription.topic} of ${server}`, clock, logger);
    const hasTopic = (): Promise<boolean> => this.hasTopic(subscription.topic);
    const reading = new KafkaReading({ kafka, clock, trouble, handle, hasTopic, ...subscription });
    reading.start();
    return reading;
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
    await Promise.all([this.dropProducer(), this.dropAdmin()]);
  }

  private refusal(topic: string, error: unknown): ActionError {
    const code = protocolCode(error);
    if (code === 'UNKNOWN_TOPIC_OR_PARTITION')
      return new ActionError('no-topic', noTopic(topic), { retryAfterMs: NO_TOPIC_MS });
    const message = messageOf(error, 500);
    if (code !== undefined && NEVER.has(code)) return new ActionError(code, message, { status: 413 });
    void this.dropProducer();
    return new ActionError(code ?? 'broker', message, { retryAfterMs: AGAIN_MS });
  }

  private async look(): Promise<void> {
    try {
      const admin = await this.connectedAdmin();
      await admin.describeCluster();
      this.trouble.end();
    } catch (error) {
      void this.dropAdmin();
      if (!this.rounds.isStopped) this.trouble.begin(error);
    }
  }

  /** Whether the cluster has the topic. Rejects when it does not answer. */
  private async hasTopic(topic: string): Promise<boolean> {
    try {
      const admin = await this.connectedAdmin();
      await admin.fetchTopicMetadata({ topics: [topic] });
      return true;
    } catch (error) {
      if (protocolCode(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return false;
      void this.dropAdmin();
      throw error;
    }
  }

  private connectedProducer(): Promise<Producer> {
    return (this.producer ??= connected(() => this.kafka.producer({ allowAutoTopicCreation: false })).catch((error) => {
      this.producer = null;
      throw error;
    }));
  }

  private connectedAdmin(): Promise<Admin> {
    return (this.admin ??= connected(() => this.kafka.admin()).catch((error) => {
      this.admin = null;
      throw error;
    }));
  }

  private async dropProducer(): Promise<void> {
    const producer = this.producer;
    this.producer = null;
    await disconnected(producer);
  }

  private async dropAdmin(): Promise<void> {
    const admin = this.admin;
    this.admin = null;
    await disconnected(admin);
  }
}

interface Part {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

async function connected<Of extends Part>(make: () => Of): Promise<Of> {
  const part = make();
  try {
    await part.connect();
    return part;
  } catch (error) {
    await part.disconnect().catch(() => undefined);
    throw error;
  }
}

async function disconnected(part: Promise<Part> | null): Promise<void> {
  try {
    await (await part)?.disconnect();
  } catch {
    // It is gone already.
  }
}
