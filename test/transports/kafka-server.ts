import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import kafkajs from 'kafkajs';
import { freePort } from '../support/free-port.js';

/** A file with the class path of a Kafka broker; null where there is none to start. */
export const KAFKA_CLASSPATH = process.env['KAFKA_CLASSPATH'] ?? null;

/** Who may use the broker, by the way in which they say so. */
export const USERS = {
  plain: { username: 'plain-user', password: 'the password: plain, and long' },
  'scram-sha-256': { username: 'short', password: 'the password of 256' },
  'scram-sha-512': { username: 'long', password: 'the password of 512' },
} as const;

const WITHIN_MS = 60_000;
const ofUser = ({ username, password }: { username: string; password: string }) => `user_${username}="${password}"`;

/** A Kafka broker of the test's own that asks everyone who it is (SASL). */
export class KafkaServer {
  private constructor(
    readonly address: string,
    private readonly internal: string,
    private readonly directory: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<KafkaServer> {
    const directory = mkdtempSync(join(tmpdir(), 'task-runner-kafka-'));
    const [port, own, controller] = [await freePort(), await freePort(), await freePort()];
    const config = join(directory, 'server.properties');
    writeFileSync(config, propertiesOf(directory, port, own, controller));
    const java = [
      '-Xmx256m',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-cp',
      readFileSync(KAFKA_CLASSPATH!, 'utf8').trim(),
    ];
    const scram = (['scram-sha-256', 'scram-sha-512'] as const).flatMap((mechanism) => [
      '--add-scram',
      `${mechanism.toUpperCase()}=[name=${USERS[mechanism].username},password=${USERS[mechanism].password}]`,
    ]);
    const format = [
      'format',
      '--standalone',
      '--config',
      config,
      '--cluster-id',
      randomBytes(16).toString('base64url'),
    ];
    await promisify(execFile)('java', [...java, 'kafka.tools.StorageTool', ...format, ...scram]);
    const log = openSync(join(directory, 'log'), 'a');
    const process = spawn('java', [...java, 'kafka.Kafka', config], { stdio: ['ignore', log, log] });
    closeSync(log);
    const server = new KafkaServer(`127.0.0.1:${port}`, `127.0.0.1:${own}`, directory, process);
    await server.answers();
    return server;
  }

  async createTopic(topic: string): Promise<void> {
    await this.asAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true }));
  }

  async remove(): Promise<void> {
    const ended = once(this.process, 'exit');
    if (this.process.kill('SIGKILL')) await ended;
    await rm(this.directory, { recursive: true, force: true });
  }

  private async answers(): Promise<void> {
    for (const until = performance.now() + WITHIN_MS; ; await sleep(100)) {
      const isUp = await this.asAdmin((admin) => admin.listTopics()).catch(() => undefined);
      if (isUp) return;
      if (this.process.exitCode === null && performance.now() < until) continue;
      const log = readFileSync(join(this.directory, 'log'), 'utf8').slice(-2000);
      await this.remove();
      throw new Error(`The broker did not come up: ${log}`);
    }
  }

  /** Over the listener that asks nobody who they are. */
  private async asAdmin<Result>(ask: (admin: kafkajs.Admin) => Promise<Result>): Promise<Result> {
    const quiet = { logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 3 } };
    const admin = new kafkajs.Kafka({ brokers: [this.internal], ...quiet }).admin();
    try {
      await admin.connect();
      return await ask(admin);
    } finally {
      await admin.disconnect();
    }
  }
}

const JAAS = 'org.apache.kafka.common.security';

function propertiesOf(directory: string, port: number, own: number, controller: number): string {
  const scram = `${JAAS}.scram.ScramLoginModule required;`;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: `CLIENT://127.0.0.1:${port},OWN://127.0.0.1:${own},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${port},OWN://127.0.0.1:${own}`,
    'listener.security.protocol.map': 'CLIENT:SASL_PLAINTEXT,OWN:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'OWN',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.client.plain.sasl.jaas.config': `${JAAS}.plain.PlainLoginModule required ${ofUser(USERS.plain)};`,
    'listener.name.client.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.client.scram-sha-512.sasl.jaas.config': scram,
    'log.dirs': join(directory, 'data'),
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    'num.network.threads': '2',
    'num.io.threads': '2',
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
