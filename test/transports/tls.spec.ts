import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TlsSettings } from '../../src/settings/settings.js';
import { settingsSchema } from '../../src/settings/settings.schema.js';
import { tlsMaterial } from '../../src/settings/tls-files.js';
import { RedisConnection } from '../../src/storage/redis/redis-connection.js';
import { kafkaOf } from '../../src/transports/kafka/kafka-client.js';
import { closeSession, openSession } from '../../src/transports/redis/redis-session.js';
import { Certificates, TlsProxy } from '../support/tls-proxy.js';
import { KAFKA_BROKERS } from './broker-fixture.js';
import { hasRedisServer, RedisServer } from './redis-server.js';

let certificates: Certificates;
beforeAll(() => void (certificates = new Certificates()));
afterAll(() => certificates.remove());

const files = (members: Partial<TlsSettings> = {}): TlsSettings => ({
  ...{ caFile: certificates.path('ca.pem'), certFile: certificates.path('client.pem') },
  ...{ keyFile: certificates.path('client.key'), ...members },
});

(hasRedisServer() ? describe : describe.skip)('Redis behind TLS', () => {
  let redis: RedisServer;
  let proxy: TlsProxy;
  let url: string;
  beforeAll(async () => {
    redis = await RedisServer.start();
    proxy = await TlsProxy.before(Number(new URL(redis.url).port), certificates);
    url = `rediss://127.0.0.1:${proxy.port}`;
  });
  afterAll(async () => {
    await proxy.close();
    await redis.remove();
  });

  it('takes messages of a client that it knows and that knows its authority', async () => {
    const client = await openSession({ url, tls: tlsMaterial(files(), 'REDIS') });
    await client.xAdd('steps', '*', { event: '{}' });
    expect(await client.xLen('steps')).toBe(1);
    closeSession(client);
    expect(proxy.known).toBe(1);
  });

  it('keeps locks', async () => {
    const connection = await RedisConnection.open({ url, tls: tlsMaterial(files(), 'REDIS') });
    expect(await connection.run('return redis.call("PING")', [], [])).toBe('PONG');
    connection.close();
  });

  it('is not used without its authority, and takes nobody without a certificate', async () => {
    await expect(openSession({ url, tls: tlsMaterial(files({ caFile: null }), 'REDIS') })).rejects.toThrow();
    const anonymous = tlsMaterial(files({ certFile: null, keyFile: null }), 'REDIS');
    await expect(RedisConnection.open({ url, tls: anonymous })).rejects.toThrow('cannot be used');
  });
});

(KAFKA_BROKERS === null ? describe.skip : describe)('Kafka behind TLS', () => {
  it('answers a client that it knows and that knows its authority, and no other', async () => {
    const proxy = await TlsProxy.before(Number(KAFKA_BROKERS!.split(':')[1]), certificates);
    const of = (members: Partial<TlsSettings> = {}) =>
      kafkaOf({ ...settingsSchema.parse({}).kafka, brokers: `127.0.0.1:${proxy.port}`, tls: true, ...files(members) });
    // The broker names its own address, which has no TLS: the first question is all that can be asked through the proxy.
    const asked = async (members: Partial<TlsSettings> = {}) => {
      const before = proxy.known;
      const admin = of(members).admin();
      await admin.connect().catch(() => undefined);
      await admin.disconnect();
      return proxy.known > before;
    };
    expect(await asked()).toBe(true);
    expect(await asked({ caFile: null })).toBe(false);
    await proxy.close();
  });
});

describe('files of certificates', () => {
  it('are named, and not quoted, where they cannot be used', () => {
    expect(() => tlsMaterial(files({ caFile: '/nowhere/ca.pem' }), 'KAFKA')).toThrow(
      'The file of KAFKA_CA_FILE cannot be read (ENOENT).',
    );
    expect(() => tlsMaterial(files({ keyFile: certificates.path('ca.srl') }), 'REDIS')).toThrow(
      'The file of REDIS_KEY_FILE is not in PEM.',
    );
    expect(tlsMaterial({ caFile: null, certFile: null, keyFile: null }, 'REDIS')).toEqual({});
  });
});
