import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs';
import { tlsMaterial } from '../../settings/tls-files.js';
import type { KafkaSettings } from '../../settings/settings.js';

/** A client that gives up soon: whoever uses it tries again with another one. Times in milliseconds. */
const PATIENCE = {
  connectionTimeout: 3000,
  authenticationTimeout: 5000,
  requestTimeout: 10_000,
  retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 2 },
};

/** The client for a cluster; it connects to nothing yet. @throws SettingsError where a file of the settings cannot be read */
export function kafkaOf({ brokers, tls, sasl: mechanism, username, password, ...files }: KafkaSettings): Kafka {
  const sasl =
    username !== null && password !== null ? ({ mechanism, username, password } as KafkaConfig['sasl']) : null;
  return new kafkajs.Kafka({
    clientId: 'scheduled-task-runner',
    brokers: brokerList(brokers),
    ssl: tls && tlsMaterial(files, 'KAFKA'),
    ...(sasl && { sasl }),
    ...PATIENCE,
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

export const brokerList = (brokers: string | null): string[] =>
  (brokers ?? '').split(',').map((broker) => broker.trim());

/** The code of the protocol with which a broker refuses, wherever it is in the error. */
export function protocolCode(error: unknown): string | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const { type } = cause as { type?: unknown };
    if (typeof type === 'string') return type;
  }
  return undefined;
}

export const noTopic = (topic: string): string =>
  `There is no topic ${topic}; topics are not created from here: somebody has to.`;
