import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SettingsError, StoreUnavailableError } from '../../src/domain/errors.js';
import { RedisConnection } from '../../src/storage/redis/redis-connection.js';
import { RedisLockStore } from '../../src/storage/redis/redis-lock.store.js';
import { describeLockStore } from '../../src/store/contract/lock-store.contract.js';
import { kit } from './jest-kit.js';
import { lossyProxyTo } from './lossy-proxy.js';
import { openRedis } from './redis-fixture.js';

const url = process.env['REDIS_URL'] ?? '';
const suite = url ? describe : describe.skip;

beforeAll(() => void Logger.overrideLogger(false));
afterAll(() => void Logger.overrideLogger(true));

const refusal = (opening: Promise<RedisConnection>): Promise<Error> =>
  opening.then(
    () => new Error('it opened'),
    (error: Error) => error,
  );

suite(url ? 'Redis' : 'Redis conformance suite, skipped because REDIS_URL is not set', () => {
  describeLockStore(kit, 'locks', () => openRedis(url));

  it('fails at once while the server cannot be reached, and works again when it can', async () => {
    const { hostname, port } = new URL(url);
    const proxy = await lossyProxyTo(hostname, Number(port || '6379'));
    const redis = await RedisConnection.open({ url: `redis://127.0.0.1:${proxy.port}` });
    const locks = new RedisLockStore(redis, 'outage');
    await expect(locks.holders(['a'])).resolves.toEqual(new Map());
    await proxy.close();
    await expect(locks.acquire(['a'], 'i-1', 1000)).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(redis.ping()).rejects.toThrow(`Redis at 127.0.0.1:${proxy.port} cannot be used`);
    const back = await lossyProxyTo(hostname, Number(port || '6379'), proxy.port);
    while (!(await redis.ping().then(() => true, () => false))) await new Promise(setImmediate); // prettier-ignore
    expect(await locks.acquire(['a'], 'i-1', 1000)).toEqual(new Set(['a']));
    redis.close();
    await expect(redis.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
    await back.close();
  });
});

describe('a Redis that cannot be used', () => {
  it('is told of by its address, without its password', async () => {
    const failure = await refusal(RedisConnection.open({ url: 'redis://user:s3cret-word@127.0.0.1:1/0' }));
    expect(failure).toBeInstanceOf(StoreUnavailableError);
    expect(failure.message).toMatch(/^Redis at 127\.0\.0\.1:1 cannot be used: /);
    expect(failure.message).not.toContain('s3cret-word');
  });

  it('is told of without its address when that cannot be read', async () => {
    const failure = await refusal(RedisConnection.open({ url: 'http://user:s3cret-word@host' }));
    expect(failure).toBeInstanceOf(SettingsError);
    expect(failure.message).not.toContain('s3cret-word');
  });
});
