import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadSettings } from './load-settings.js';
import { readSettingsFile, SETTINGS_FILE } from './settings-file.js';
import type { Settings } from './settings.js';
import { isTree, type SettingsTree } from './settings-tree.js';
import { VARIABLES } from './variables.js';

/** Complete by its type: a setting added to `Settings` does not compile until it is listed here. */
const KEYS: Record<keyof Settings, string[]> = {
  host: [],
  port: [],
  production: [],
  storeUrl: [],
  durability: [],
  jwtSecret: [],
  jwksUrl: [],
  jwtIssuer: [],
  jwtAudience: [],
  encryptionKeys: [],
  httpAllow: [],
  outgoingProxyUrl: [],
  publicUrl: [],
  rateLimitPerMinute: [],
  authFailuresPerMinute: [],
  http: Object.keys({
    trustProxy: 1,
    headersTimeoutMs: 1,
    requestTimeoutMs: 1,
    maxConnections: 1,
  } satisfies Record<keyof Settings['http'], 1>),
  drainMs: [],
  redisUrl: [],
  redisTls: Object.keys({ caFile: 1, certFile: 1, keyFile: 1 } satisfies Record<keyof Settings['redisTls'], 1>),
  locks: [],
  kafka: Object.keys({
    ...{ brokers: 1, tls: 1, sasl: 1, username: 1, password: 1 },
    ...{ caFile: 1, certFile: 1, keyFile: 1 },
  } satisfies Record<keyof Settings['kafka'], 1>),
  eventTypePrefix: [],
  transportGroup: [],
  logLevel: [],
  tracing: [],
  engine: Object.keys({
    concurrency: 1,
    horizonMs: 1,
    heapLimit: 1,
    heldBytes: 1,
    armingMs: 1,
    batchMs: 1,
    lockLifeMs: 1,
    heartbeatMs: 1,
    shutdownGraceMs: 1,
    overdueAfterMs: 1,
    overdueCheckMs: 1,
    eventDescendants: 1,
    work: 1,
    queues: 1,
    queueConcurrency: 1,
  } satisfies Record<keyof Settings['engine'], 1>),
  sinks: Object.keys({
    executionEngineUrl: 1,
    notificationUrl: 1,
    reportingUrl: 1,
    auditUrl: 1,
  } satisfies Record<keyof Settings['sinks'], 1>),
  smtp: Object.keys({ url: 1, from: 1 } satisfies Record<keyof Settings['smtp'], 1>),
  outbox: Object.keys({ bytes: 1, hours: 1 } satisfies Record<keyof Settings['outbox'], 1>),
  audit: Object.keys({ anchorUrl: 1, anchorFile: 1, anchorEveryMs: 1 } satisfies Record<keyof Settings['audit'], 1>),
  retention: Object.keys({ runsDays: 1, failedRunsDays: 1, eventsDays: 1, auditDays: 1 } satisfies Record<
    keyof Settings['retention'],
    1
  >),
  quotas: Object.keys({
    tasks: 1,
    concurrentRuns: 1,
    startsPerMinute: 1,
    payloadBytes: 1,
    webhookSources: 1,
  } satisfies Record<keyof Settings['quotas'], 1>),
  limits: Object.keys({
    taskBytes: 1,
    requestBytes: 1,
    eventBytes: 1,
    pageBytes: 1,
    answerBytes: 1,
    bodyBytes: 1,
  } satisfies Record<keyof Settings['limits'], 1>),
};

const typeKeys = Object.entries(KEYS)
  .flatMap(([key, inner]) => (inner.length === 0 ? [key] : inner.map((name) => `${key}.${name}`)))
  .toSorted();

const leavesOf = (tree: SettingsTree, prefix = ''): string[] =>
  Object.entries(tree).flatMap(([key, value]) =>
    isTree(value) && Object.keys(value).length > 0 ? leavesOf(value, `${prefix}${key}.`) : [prefix + key],
  );

const documented = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const cells = /^\| `([A-Z_]+)` +\| `([A-Za-z.]+)` /.exec(line);
    return cells ? [[cells[1]!, cells[2]!] as const] : [];
  });

describe('the names of the settings', () => {
  it('are the same in the Settings type and in config/default.yaml', () => {
    expect(leavesOf(parse(readSettingsFile()) as SettingsTree).toSorted()).toEqual(typeKeys);
  });

  it('have a variable each', () => {
    expect([...Object.values(VARIABLES), 'production'].toSorted()).toEqual(typeKeys);
  });

  it('are the same in docs/configuration.md, with their variables', () => {
    expect(Object.fromEntries(documented)).toEqual({ ...VARIABLES, NODE_ENV: 'production' });
  });

  it('are explained in config/default.yaml with their variables', () => {
    const yamlText = readSettingsFile();
    const unexplained = Object.entries(VARIABLES).filter(
      ([variable, key]) => !new RegExp(`# ${variable}: .*\n *${key.split('.').at(-1)}: `).test(yamlText),
    );
    expect(unexplained).toEqual([]);
  });

  it('have the defaults in config/default.yaml that the service has without it', () => {
    expect(loadSettings({}, readSettingsFile(SETTINGS_FILE))).toEqual(loadSettings({}));
  });
});
