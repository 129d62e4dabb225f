import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { SettingsError } from '../domain/errors.js';
import type { TransportName } from '../domain/routes.js';
import { LockManager } from '../locking/lock-manager.js';
import { RUNNER_OPTIONS } from '../options.js';
import { tlsMaterial } from '../settings/tls-files.js';
import type { Transport } from './transport.js';
import type { TransportOptions } from './transport-options.js';

/** The variable that names each broker, and the package that talks to it. */
const NEEDS: Record<TransportName, { variable: string; package: string }> = {
  redis: { variable: 'REDIS_URL', package: '@redis/client' },
  kafka: { variable: 'KAFKA_BROKERS', package: 'kafkajs' },
};

/** The brokers of this instance. */
@Injectable()
export class Transports {
  private readonly known = new Map<TransportName, Transport>();

  constructor(
    @Inject(RUNNER_OPTIONS) private readonly options: TransportOptions,
    private readonly clock: Clock,
    private readonly locks: LockManager,
  ) {}

  get all(): readonly Transport[] {
    return [...this.known.values()];
  }

  of(name: TransportName): Transport | undefined {
    return this.known.get(name);
  }

  /** Adds one beside those of the settings. */
  add(transport: Transport): void {
    this.known.set(transport.name, transport);
  }

  /** Loads the clients of what the settings name. @throws SettingsError where one is not installed */
  async load(): Promise<void> {
    const { redisUrl, redisTls, kafka } = this.options;
    if (redisUrl !== null && !this.known.has('redis')) {
      const { RedisTransport } = await loaded('redis', () => import('./redis/redis-transport.js'));
      // A member of a group is known by its name: this is the instance's own, and a new one after each start.
      const place = { url: redisUrl, tls: tlsMaterial(redisTls, 'REDIS') };
      this.add(new RedisTransport(place, this.clock, () => this.locks.owner));
    }
    if (kafka.brokers !== null && !this.known.has('kafka')) {
      const { KafkaTransport } = await loaded('kafka', () => import('./kafka/kafka-transport.js'));
      this.add(new KafkaTransport(kafka, this.clock));
    }
  }

  start(): void {
    for (const transport of this.all) transport.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((transport) => transport.stop()));
  }
}

/** The sentence for a broker that the settings of this instance do not name. */
export const notSet = (name: TransportName): string => `${NEEDS[name].variable} is not set on this instance.`;

async function loaded<Module>(name: TransportName, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const { variable, package: needed } = NEEDS[name];
    throw new SettingsError(`${variable} is set, but the package ${needed} is not installed: npm install ${needed}`);
  }
}
