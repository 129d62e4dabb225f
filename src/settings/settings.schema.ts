import { z } from 'zod';
import ipaddr from 'ipaddr.js';
import type { EngineSettings, HttpSettings, LimitSettings, QuotaSettings, Settings } from './settings.js';

const DAY_MS = 86_400_000;

/** A whole number, also when it is written as text, as every variable of the environment is. */
const whole = (min: number, max: number, fallback: number) => wholeNumber(min, max).default(fallback);

function wholeNumber(min: number, max: number) {
  const expected = `must be a whole number from ${min} to ${max}`;
  const schema = z.int({ error: expected }).min(min, expected).max(max, expected);
  return z.preprocess((value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value), schema);
}

/** A whole number, or null for none. */
const wholeOrNone = (min: number, max: number) => z.union([z.null(), wholeNumber(min, max)]).default(null);

const text = (accepts: (value: string) => boolean, expected: string) =>
  z.string({ error: expected }).refine(accepts, expected);

const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null);

const hasScheme = (value: string, schemes: string[]): boolean =>
  URL.canParse(value) && schemes.includes(new URL(value).protocol) && new URL(value).host !== '';

const webUrl = () =>
  optional(
    text((value) => hasScheme(value, ['http:', 'https:']), 'must be a URL that starts with http:// or https://'),
  );

const isStoreUrl = (value: string): boolean => /^file:.*[^/]$/.test(value) || /^mongodb(\+srv)?:\/\/[^/]/.test(value);

/** `id:base64` pairs of 32-byte keys, each id once. */
function isKeyRing(value: string): boolean {
  const pairs = value.split(',').map((pair) => /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/]{43}=)$/.exec(pair.trim()));
  return pairs.every((pair) => pair !== null) && new Set(pairs.map((pair) => pair?.[1])).size === pairs.length;
}

const commaSeparated = (value: unknown): unknown =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '')
    : value;

/** Text parts, in the variable separated by commas. */
function list(accepts: (value: string) => boolean, expected: string) {
  const schema = z.array(text(accepts, expected), { error: `${expected}, separated by commas` });
  return z.preprocess(commaSeparated, schema).default([]);
}

const isNetwork = (value: string): boolean => ipaddr.isValid(value) || ipaddr.isValidCIDR(value);

const isBrokerList = (value: string): boolean =>
  value.split(',').every((broker) => /^[A-Za-z0-9._-]+:\d{1,5}$/.test(broker.trim()));

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const engineSchema = z.strictObject({
  concurrency: whole(1, 100_000, 1000),
  horizonMs: whole(100, DAY_MS, 60_000),
  heapLimit: whole(1, 10_000_000, 100_000),
  armingMs: whole(0, 60_000, 1500),
  batchMs: whole(0, 1000, 0),
  lockLifeMs: whole(100, 3_600_000, 10_000),
  heartbeatMs: whole(10, 600_000, 2500),
  shutdownGraceMs: whole(0, 3_600_000, 20_000),
  overdueAfterMs: whole(1000, DAY_MS, 30_000),
  overdueCheckMs: whole(1000, 3_600_000, 10_000),
  eventDescendants: whole(1, 1_000_000, 1000),
}) satisfies z.ZodType<EngineSettings>;

/** The settings of the HTTP server; all of them have defaults. */
export const httpSchema = z.strictObject({
  trustProxy: list(isNetwork, 'must be IP addresses or CIDRs'),
  headersTimeoutMs: whole(100, 600_000, 15_000),
  requestTimeoutMs: whole(100, 600_000, 30_000),
  maxConnections: whole(1, 1_000_000, 10_000),
}) satisfies z.ZodType<HttpSettings>;

const sinksSchema = z.strictObject({
  executionEngineUrl: webUrl(),
  notificationUrl: webUrl(),
  reportingUrl: webUrl(),
  auditUrl: webUrl(),
});

const retentionSchema = z.strictObject({
  runsDays: whole(1, 3650, 30),
  eventsDays: whole(1, 3650, 7),
  auditDays: whole(1, 36_500, 365),
});

const quotaSettingsSchema = z.strictObject({
  tasks: wholeOrNone(1, 100_000_000),
  concurrentRuns: wholeOrNone(1, 1000),
  startsPerMinute: wholeOrNone(1, 1_000_000),
  payloadBytes: wholeOrNone(256, 1_048_576),
}) satisfies z.ZodType<QuotaSettings>;

/** Where sizes are bounded; all of it has defaults. */
export const limitsSchema = z.strictObject({
  taskBytes: whole(1024, 16_777_216, 1_048_576),
  requestBytes: whole(1024, 67_108_864, 2_097_152),
  eventBytes: whole(256, 16_777_216, 1_048_576),
  pageBytes: whole(1024, 67_108_864, 1_048_576),
  answerBytes: whole(1_048_576, 1_073_741_824, 67_108_864),
}) satisfies z.ZodType<LimitSettings>;

/** What a settings file may hold, with every default; unknown keys are faults. */
export const settingsSchema = z.strictObject({
  host: text((value) => /^[A-Za-z0-9.:_-]+$/.test(value), 'must be a host name or an IP address').default('127.0.0.1'),
  port: whole(0, 65_535, 3000),
  production: z.boolean({ error: 'must be true or false' }).default(false),
  storeUrl: text(isStoreUrl, 'must be file:<path>, mongodb://… or mongodb+srv://…').default('file:./data/tasks.db'),
  durability: z.enum(['full', 'relaxed'], { error: 'must be full or relaxed' }).default('full'),
  jwtSecret: optional(text((value) => Buffer.byteLength(value) >= 32, 'must be text of 32 bytes or more')),
  jwksUrl: webUrl(),
  jwtIssuer: optional(text((value) => value !== '', 'must be text')),
  jwtAudience: optional(text((value) => value !== '', 'must be text')),
  encryptionKeys: optional(
    text(isKeyRing, 'must be id:base64 pairs of 32-byte keys with different ids, separated by commas'),
  ),
  httpAllow: list((value) => /^[^\s/]+(\/\d+)?$/.test(value), 'must be host names, addresses or CIDRs'),
  engine: engineSchema.prefault({}),
  rateLimitPerMinute: whole(1, 10_000_000, 6000),
  authFailuresPerMinute: whole(1, 1_000_000, 60),
  http: httpSchema.prefault({}),
  redisUrl: optional(
    text((value) => hasScheme(value, ['redis:', 'rediss:']), 'must be a URL that starts with redis:// or rediss://'),
  ),
  kafkaBrokers: optional(text(isBrokerList, 'must be host:port pairs, separated by commas')),
  logLevel: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  sinks: sinksSchema.prefault({}),
  retention: retentionSchema.prefault({}),
  quotas: quotaSettingsSchema.prefault({}),
  limits: limitsSchema.prefault({}),
}) satisfies z.ZodType<Settings>;
