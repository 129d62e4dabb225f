import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SettingsError } from '../domain/errors.js';
import { loadSettings } from './load-settings.js';

const SECRET = 'an example of 32 bytes or longer!';
const keyRing = (...ids: string[]) => ids.map((id) => `${id}:${randomBytes(32).toString('base64')}`).join(',');

function faultsOf(env: NodeJS.ProcessEnv, yamlText?: string): string[] {
  try {
    loadSettings(env, yamlText);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).message.split('\n');
  }
  return [];
}

describe('loadSettings', () => {
  it('gives the documented defaults', () => {
    const settings = loadSettings({});
    expect(settings).toMatchObject({ host: '127.0.0.1', port: 3000, storeUrl: 'file:./data/tasks.db' });
    expect(settings.engine).toEqual({
      concurrency: 1000,
      horizonMs: 60_000,
      heapLimit: 100_000,
      heldBytes: 100_663_296,
      armingMs: 1500,
      batchMs: 0,
      lockLifeMs: 10_000,
      heartbeatMs: 2500,
      shutdownGraceMs: 20_000,
      overdueAfterMs: 30_000,
      overdueCheckMs: 10_000,
      eventDescendants: 1000,
      work: true,
      queues: [],
      queueConcurrency: {},
    });
    expect(settings.sinks.auditUrl).toBeNull();
    expect(settings.production).toBe(false);
  });

  it('puts the file over the defaults and the environment over the file', () => {
    const settings = loadSettings({ PORT: '4001' }, 'port: 4000\nengine: {concurrency: 7}\nlogLevel: warn');
    expect(settings).toMatchObject({ port: 4001, logLevel: 'warn', engine: { concurrency: 7, horizonMs: 60_000 } });
  });

  it('takes every kind of value from the environment', () => {
    const settings = loadSettings({
      STORE_URL: 'mongodb://db.example.org/tasks',
      HTTP_ALLOW: '10.0.0.0/8, localhost ,',
      ENCRYPTION_KEYS: keyRing('k2', 'k1'),
      REDIS_URL: 'rediss://cache.example.org:6380',
      KAFKA_BROKERS: 'a.example.org:9092,b.example.org:9092',
      AUDIT_URL: 'https://audit.example.org/entries',
      RUN_RETENTION_DAYS: '90',
    });
    expect(settings.httpAllow).toEqual(['10.0.0.0/8', 'localhost']);
    expect(settings.retention).toEqual({ runsDays: 90, failedRunsDays: null, eventsDays: 7, auditDays: 365 });
    expect(settings.sinks.auditUrl).toBe('https://audit.example.org/entries');
  });

  it('takes an empty variable for one that is not set', () => {
    expect(loadSettings({ PORT: '', JWT_SECRET: '', NODE_ENV: '' })).toEqual(loadSettings({}));
  });

  it('freezes the result to its depths', () => {
    const settings = loadSettings({});
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.engine) && Object.isFrozen(settings.httpAllow)).toBe(
      true,
    );
  });

  it.each([
    ['PORT', '80.5', 'PORT must be a whole number from 0 to 65535.'],
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535.'],
    ['CONCURRENCY', '0', 'CONCURRENCY must be a whole number from 1 to 100000.'],
    ['HORIZON_MS', 'soon', 'HORIZON_MS must be a whole number from 100 to 86400000.'],
    ['HOST', 'http://x', 'HOST must be a host name or an IP address.'],
    ['STORE_URL', 'postgres://db', 'STORE_URL must be file:<path>, mongodb://… or mongodb+srv://….'],
    ['STORE_URL', 'file:', 'STORE_URL must be file:<path>, mongodb://… or mongodb+srv://….'],
    ['JWKS_URL', 'ftp://keys', 'JWKS_URL must be a URL that starts with http:// or https://.'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent.'],
    ['HTTP_ALLOW', 'http://a/b', 'HTTP_ALLOW must be host names, addresses or CIDRs.'],
    ['KAFKA_BROKERS', 'broker', 'KAFKA_BROKERS must be host:port pairs, separated by commas.'],
  ])('refuses %s=%s by name', (variable, value, sentence) => {
    expect(faultsOf({ [variable]: value })).toEqual([sentence]);
  });

  it.each([
    [{ KAFKA_TLS: 'true', KAFKA_CERT_FILE: 'a.pem' }, 'KAFKA_CERT_FILE and KAFKA_KEY_FILE'],
    [{ KAFKA_CA_FILE: 'ca.pem' }, 'need KAFKA_TLS'],
    [{ KAFKA_USERNAME: 'ann' }, 'KAFKA_USERNAME and KAFKA_PASSWORD'],
    [{ REDIS_URL: 'rediss://cache', REDIS_KEY_FILE: 'a.key' }, 'REDIS_CERT_FILE and REDIS_KEY_FILE'],
    [{ REDIS_URL: 'redis://cache', REDIS_CA_FILE: 'ca.pem' }, 'starts with rediss://'],
    [{ REDIS_CA_FILE: 'ca.pem' }, 'starts with rediss://'],
  ])('refuses what TLS and users need by half: %j', (env, sentence) => {
    expect(faultsOf(env)).toEqual([expect.stringContaining(sentence)]);
  });

  it('takes files of certificates', () => {
    const files = { REDIS_URL: 'rediss://cache', REDIS_CA_FILE: 'ca.pem', KAFKA_TLS: 'true', KAFKA_CERT_FILE: 'a.pem', KAFKA_KEY_FILE: 'a.key' }; // prettier-ignore
    const { redisTls, kafka } = loadSettings(files);
    expect(redisTls).toEqual({ caFile: 'ca.pem', certFile: null, keyFile: null });
    expect(kafka).toMatchObject({ tls: true, caFile: null, certFile: 'a.pem', keyFile: 'a.key' });
  });

  it('takes how many runs of each queue may be under way, from the variable or the file', () => {
    const limits = { reports: 2, 'mail.out': 10 };
    expect(loadSettings({ QUEUE_CONCURRENCY: ' reports = 2, mail.out=10,' }).engine.queueConcurrency).toEqual(limits);
    expect(faultsOf({}, 'engine: {queueConcurrency: {reports: 2, mail.out: 10}}')).toEqual([]);
    expect(loadSettings({ QUEUE_CONCURRENCY: '' }).engine.queueConcurrency).toEqual({});
    expect(loadSettings({ QUEUE_CONCURRENCY: 'constructor=1' }).engine.queueConcurrency).toEqual({ constructor: 1 });
  });

  it.each([
    'reports',
    'reports=',
    '=2',
    'reports=two',
    'reports=0',
    'reports=-1',
    'reports=1.5',
    'reports=1e3',
    'reports=100001',
    'a b=1',
    'reports=1=2',
    'reports:2',
    'reports=1,mail',
    '__proto__=1',
    'reports=1,reports=2',
  ])('refuses QUEUE_CONCURRENCY=%s by name', (value) => {
    expect(faultsOf({ QUEUE_CONCURRENCY: value })).toEqual([
      'QUEUE_CONCURRENCY must be pairs such as reports=2,mail=10: a number from 1 to 100000 for each queue, each once.',
    ]);
  });

  it('refuses more queues with a limit than it keeps', () => {
    const many = Array.from({ length: 101 }, (_, index) => `q${index}=1`).join();
    expect(faultsOf({ QUEUE_CONCURRENCY: many })).toEqual(['QUEUE_CONCURRENCY must be 100 queues at most.']);
  });

  it('says where in the file a value is wrong', () => {
    expect(faultsOf({}, 'engine: {horizonMs: 1.5}\nretention: 3')).toEqual([
      'engine.horizonMs in the settings file (HORIZON_MS) must be a whole number from 100 to 86400000.',
      'retention must be a section of settings.',
    ]);
  });

  it('refuses keys of the file that it does not know, beside what else is wrong', () => {
    const faults = faultsOf({ PORT: 'x', HEARTBEAT_MS: '9000' }, 'prot: 1\nengine: {concurency: 2}');
    expect(faults).toHaveLength(4);
    expect(faults.join()).toMatch(/PORT must.*engine\.concurency is not a setting.*prot is not a setting/);
    expect(faults.join()).toContain('HEARTBEAT_MS must be less than half');
  });

  it.each(['- a', 'a: [', '7'])('refuses a file that is not a mapping: %s', (yamlText) => {
    expect(faultsOf({}, yamlText)[0]).toMatch(/^The settings file /);
  });

  it.each([
    [{ HEARTBEAT_MS: '5000' }, /^HEARTBEAT_MS must be less than half of LOCK_LIFE_MS/],
    [{ ARMING_MS: '1001', HORIZON_MS: '1000' }, /^ARMING_MS must not be greater than HORIZON_MS/],
  ])('checks settings against each other: %j', (env, sentence) => {
    expect(faultsOf(env)).toEqual([expect.stringMatching(sentence)]);
  });

  it('does not judge a setting against a faulty one', () => {
    expect(faultsOf({ LOCK_LIFE_MS: 'x', HEARTBEAT_MS: '9000' })).toHaveLength(1);
  });

  it('demands secrets in production', () => {
    expect(faultsOf({ NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(/^JWT_SECRET .* or JWKS_URL must be set in production/),
      expect.stringMatching(/^ENCRYPTION_KEYS .* must be set in production/),
    ]);
    const keys = keyRing('k1');
    expect(faultsOf({ NODE_ENV: 'production', JWT_SECRET: SECRET, ENCRYPTION_KEYS: keys })).toEqual([]);
    expect(faultsOf({ NODE_ENV: 'production', JWKS_URL: 'https://id.example.org', ENCRYPTION_KEYS: keys })).toEqual([]);
  });

  it.each([
    ['JWT_SECRET', 'short-but-secret'],
    ['ENCRYPTION_KEYS', 'k1:c2VjcmV0'],
    ['ENCRYPTION_KEYS', keyRing('k1', 'k1')],
    ['STORE_URL', 'mysql://user:hunter2@db'],
    ['REDIS_URL', 'user:hunter2@db'],
  ])('never repeats the value of a faulty %s', (variable, value) => {
    const [fault = ''] = faultsOf({ [variable]: value });
    expect(fault).toMatch(new RegExp(`^${variable} must be `));
    expect(fault).not.toContain(value);
    expect(fault).not.toContain('hunter2');
  });
});
