import { z } from 'zod';
import ipaddr from 'ipaddr.js';
import { QUEUE_NAME, QUEUE_NAME_RULE } from '../domain/queue.js';
import { SERVICE_LOG_LEVELS } from '../domain/service-log-levels.js';
import type {
  SmtpSettings,
  AuditSettings,
  EngineSettings,
  HttpSettings,
  KafkaSettings,
  TlsSettings,
  LimitSettings,
  OutboxSettings,
  QuotaSettings,
  RetentionSettings,
  Settings,
} from './settings.js';
import { exactWholeNumber } from './whole-number.js';

const DAY_MS = 86_400_000;
/** Each instance tells the others which queues it works. */
const MOST_QUEUES = 100;

/** A whole number, also written as text, as in environment variables. */
const whole = (min: number, max: number, fallback: number) => wholeNumber(min, max).default(fallback);

const wholeNumber = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value),
    exactWholeNumber(min, max),
  );

/** A whole number, or null for none. */
const wholeOrNone = (min: number, max: number) => z.union([z.null(), wholeNumber(min, max)]).default(null);

/** True or false, also written as text, as in environment variables. */
const flag = (fallback: boolean) =>
  z
    .preprocess(
      (value) => (value === 'true' ? true : value === 'false' ? false : value),
      z.boolean({ error: 'must be true or false' }),
    )
    .default(fallback);

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

/** A list of texts; in a variable they are separated by commas. */
function list(accepts: (value: string) => boolean, expected: string, most = Number.MAX_SAFE_INTEGER) {
  const schema = z
    .array(text(accepts, expected), { error: `${expected}, separated by commas` })
    .max(most, `must be ${most} at most`);
  return z.preprocess(commaSeparated, schema).default([]);
}

const MOST_OF_QUEUE = 100_000;

/** How many of each queue; in a variable as `reports=2,mail=10`. */
const ofQueues = () => {
  const expected = `must be numbers from 1 to ${MOST_OF_QUEUE} by the names of queues, which ${QUEUE_NAME_RULE}`;
  const inText = `must be pairs such as reports=2,mail=10: a number from 1 to ${MOST_OF_QUEUE} for each queue, each once`;
  const limits = z
    .record(z.string().regex(QUEUE_NAME, expected), wholeNumber(1, MOST_OF_QUEUE), { error: expected })
    .refine((given) => Object.keys(given).length <= MOST_QUEUES, `must be ${MOST_QUEUES} queues at most`);
  const read = (value: unknown, context: z.RefinementCtx): unknown => {
    if (typeof value !== 'string') return value;
    const found = limitsIn(value);
    if (!found) context.addIssue({ code: 'custom', message: inText });
    return found ?? z.NEVER;
  };
  return z.preprocess(read, limits).default({});
};

/** The numbers in pairs of `name=number`, separated by commas; null when one is no such pair, or a name comes twice. */
function limitsIn(value: string): Record<string, number> | null {
  const pairs = (commaSeparated(value) as string[]).map((pair): [string, number] => {
    const [, name = '', limit = ''] = /^([^=\s]+)\s*=\s*(\d{1,6})$/.exec(pair) ?? [];
    return [name, Number(limit)];
  });
  const areGood = pairs.every(([name, limit]) => QUEUE_NAME.test(name) && limit >= 1 && limit <= MOST_OF_QUEUE);
  const limits = Object.fromEntries(pairs);
  return areGood && Object.keys(limits).length === pairs.length ? limits : null;
}

const isNetwork = (value: string): boolean => ipaddr.isValid(value) || ipaddr.isValidCIDR(value);

const isBrokerList = (value: string): boolean =>
  value.split(',').every((broker) => /^[A-Za-z0-9._-]+:\d{1,5}$/.test(broker.trim()));

const engineSchema = z.strictObject({
  concurrency: whole(1, 100_000, 1000),
  horizonMs: whole(100, DAY_MS, 60_000),
  heapLimit: whole(1, 10_000_000, 100_000),
  heldBytes: whole(16_777_216, 17_179_869_184, 100_663_296),
  armingMs: whole(0, 60_000, 1500),
  batchMs: whole(0, 1000, 0),
  lockLifeMs: whole(100, 3_600_000, 10_000),
  heartbeatMs: whole(10, 600_000, 2500),
  shutdownGraceMs: whole(0, 3_600_000, 20_000),
  overdueAfterMs: whole(1000, DAY_MS, 30_000),
  overdueCheckMs: whole(1000, 3_600_000, 10_000),
  eventDescendants: whole(1, 1_000_000, 1000),
  work: flag(true),
  queues: list((name) => QUEUE_NAME.test(name), `must be names of queues, which ${QUEUE_NAME_RULE}`, MOST_QUEUES),
  queueConcurrency: ofQueues(),
}) satisfies z.ZodType<EngineSettings>;

/** The settings of the HTTP server, all with defaults. */
const httpSchema = z.strictObject({
  trustProxy: list(isNetwork, 'must be IP addresses or CIDRs'),
  headersTimeoutMs: whole(100, 600_000, 15_000),
  requestTimeoutMs: whole(100, 600_000, 30_000),
  maxConnections: whole(1, 1_000_000, 10_000),
}) satisfies z.ZodType<HttpSettings>;

/** The HTTP server's default settings. */
export const httpDefaults = (): HttpSettings => httpSchema.parse({});

const sinksSchema = z.strictObject({
  executionEngineUrl: webUrl(),
  notificationUrl: webUrl(),
  reportingUrl: webUrl(),
  auditUrl: webUrl(),
});

const path = () => optional(text((value) => value !== '' && !value.endsWith('/'), 'must be the path of a file'));
const tlsMembers = { caFile: path(), certFile: path(), keyFile: path() };
const tlsSchema = z.strictObject(tlsMembers) satisfies z.ZodType<TlsSettings>;

const kafkaSchema = z.strictObject({
  brokers: optional(text(isBrokerList, 'must be host:port pairs, separated by commas')),
  tls: flag(false),
  sasl: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], { error: 'must be plain, scram-sha-256 or scram-sha-512' })
    .default('scram-sha-512'),
  username: optional(text((value) => value !== '', 'must be text')),
  password: optional(text((value) => value !== '', 'must be text')),
  ...tlsMembers,
}) satisfies z.ZodType<KafkaSettings>;

const outboxSchema = z.strictObject({
  bytes: whole(1_048_576, 68_719_476_736, 268_435_456),
  hours: whole(1, 8760, 72),
}) satisfies z.ZodType<OutboxSettings>;

/** Where heads of audit trails are kept outside of the store; by default nowhere. */
export const auditSchema = z.strictObject({
  anchorUrl: webUrl(),
  anchorFile: path(),
  anchorEveryMs: whole(1000, DAY_MS, 3_600_000),
}) satisfies z.ZodType<AuditSettings>;

const retentionSchema = z.strictObject({
  runsDays: whole(1, 3650, 30),
  failedRunsDays: wholeOrNone(1, 3650),
  eventsDays: whole(1, 3650, 7),
  auditDays: whole(1, 36_500, 365),
}) satisfies z.ZodType<RetentionSettings>;

const quotaSettingsSchema = z.strictObject({
  tasks: wholeOrNone(1, 100_000_000),
  concurrentRuns: wholeOrNone(1, 1000),
  startsPerMinute: wholeOrNone(1, 1_000_000),
  payloadBytes: wholeOrNone(256, 1_048_576),
  webhookSources: wholeOrNone(1, 10_000),
}) satisfies z.ZodType<QuotaSettings>;

/** Size limits, all with defaults. */
const limitsSchema = z.strictObject({
  taskBytes: whole(1024, 16_777_216, 1_048_576),
  requestBytes: whole(1024, 67_108_864, 2_097_152),
  eventBytes: whole(256, 16_777_216, 1_048_576),
  pageBytes: whole(1024, 67_108_864, 1_048_576),
  answerBytes: whole(1_048_576, 1_073_741_824, 67_108_864),
  bodyBytes: whole(16_777_216, 1_073_741_824, 67_108_864),
}) satisfies z.ZodType<LimitSettings>;

const smtpSchema = z.strictObject({
  url: optional(
    text((value) => hasScheme(value, ['smtp:', 'smtps:']), 'must be a URL that starts with smtp:// or smtps://'),
  ),
  from: optional(
    text((value) => /^[^\r\n]{3,254}$/.test(value) && value.includes('@'), 'must be the address of a sender'),
  ),
}) satisfies z.ZodType<SmtpSettings>;

/** Settings that a host application has as well as the service. */
export const sharedSchema = z.strictObject({
  storeUrl: text(isStoreUrl, 'must be file:<path>, mongodb://… or mongodb+srv://…').default('file:./data/tasks.db'),
  redisUrl: optional(
    text((value) => hasScheme(value, ['redis:', 'rediss:']), 'must be a URL that starts with redis:// or rediss://'),
  ),
  redisTls: tlsSchema.prefault({}),
  locks: z.enum(['store', 'redis'], { error: 'must be store or redis' }).default('store'),
  kafka: kafkaSchema.prefault({}),
  eventTypePrefix: text(
    (value) => /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,99})?$/.test(value),
    'must be letters, digits, ".", "_" or "-", at most 100 of them',
  ).default('task-runner.'),
  transportGroup: text(
    (value) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/.test(value),
    'must be letters, digits, ".", "_" or "-", at most 50 of them',
  ).default('task-runner'),
  tracing: flag(false),
  durability: z.enum(['full', 'relaxed'], { error: 'must be full or relaxed' }).default('full'),
  encryptionKeys: optional(
    text(isKeyRing, 'must be id:base64 pairs of 32-byte keys with different ids, separated by commas'),
  ),
  httpAllow: list((value) => /^[^\s/]+(\/\d+)?$/.test(value), 'must be host names, addresses or CIDRs'),
  outgoingProxyUrl: webUrl(),
  publicUrl: webUrl(),
  engine: engineSchema.prefault({}),
  sinks: sinksSchema.prefault({}),
  smtp: smtpSchema.prefault({}),
  outbox: outboxSchema.prefault({}),
  audit: auditSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  quotas: quotaSettingsSchema.prefault({}),
  retention: retentionSchema.prefault({}),
});

type Shared = Pick<Settings, keyof z.output<typeof sharedSchema>>;

/** Those of the service's settings that a host application has as well. */
export const sharedSettings = (settings: Settings): Shared =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => name in sharedSchema.shape)) as unknown as Shared;

/** The contents of a settings file, with every default; unknown keys are faults. */
export const settingsSchema = z.strictObject({
  host: text((value) => /^[A-Za-z0-9.:_-]+$/.test(value), 'must be a host name or an IP address').default('127.0.0.1'),
  port: whole(0, 65_535, 3000),
  production: z.boolean({ error: 'must be true or false' }).default(false),
  jwtSecret: optional(text((value) => Buffer.byteLength(value) >= 32, 'must be text of 32 bytes or more')),
  jwksUrl: webUrl(),
  jwtIssuer: optional(text((value) => value !== '', 'must be text')),
  jwtAudience: optional(text((value) => value !== '', 'must be text')),
  rateLimitPerMinute: whole(1, 10_000_000, 6000),
  authFailuresPerMinute: whole(1, 1_000_000, 60),
  http: httpSchema.prefault({}),
  drainMs: whole(0, 600_000, 0),
  logLevel: z.enum(SERVICE_LOG_LEVELS, { error: `must be one of ${SERVICE_LOG_LEVELS.join(', ')}` }).default('info'),
  ...sharedSchema.shape,
}) satisfies z.ZodType<Settings>;
