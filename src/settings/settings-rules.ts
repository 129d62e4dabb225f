import type { EngineSettings, Settings, TlsSettings } from './settings.js';

/** A condition on several settings together. */
export interface SettingsRule<Of> {
  /** The dotted keys of the settings. */
  keys: string[];
  holds: (settings: Of) => boolean;
  /** The sentence for a violation, about the variables. */
  sentence: string;
}

const ENGINE_RULES: SettingsRule<EngineSettings>[] = [
  {
    keys: ['heartbeatMs', 'lockLifeMs'],
    holds: (engine) => engine.heartbeatMs * 2 < engine.lockLifeMs,
    sentence: 'HEARTBEAT_MS must be less than half of LOCK_LIFE_MS, or a lock could expire between two renewals.',
  },
  {
    keys: ['armingMs', 'horizonMs'],
    holds: (engine) => engine.armingMs <= engine.horizonMs,
    sentence: 'ARMING_MS must not be greater than HORIZON_MS: only what is loaded can be claimed ahead.',
  },
];

export type SharedSettings = Pick<
  Settings,
  'engine' | 'storeUrl' | 'encryptionKeys' | 'locks' | 'redisUrl' | 'redisTls' | 'kafka'
>;

const isWhole = ({ certFile, keyFile }: TlsSettings): boolean => (certFile === null) === (keyFile === null);
const isPlain = ({ caFile, certFile }: TlsSettings): boolean => caFile === null && certFile === null;

/** The rules that the service and a host application have in common; `keyRing` is the name of the setting there. */
const sharedRules = (keyRing: string): SettingsRule<SharedSettings>[] => [
  ...ENGINE_RULES.map(({ keys, holds, sentence }) => ({
    keys: keys.map((key) => `engine.${key}`),
    holds: ({ engine }: SharedSettings) => holds(engine),
    sentence,
  })),
  {
    keys: ['storeUrl', 'encryptionKeys'],
    holds: ({ storeUrl, encryptionKeys }) => storeUrl.startsWith('file:') || encryptionKeys !== null,
    sentence: `${keyRing} (id:base64 pairs of 32-byte keys) must be set with MongoDB: the instances need the same keys.`,
  },
  {
    keys: ['locks', 'redisUrl'],
    holds: ({ locks, redisUrl }) => locks === 'store' || redisUrl !== null,
    sentence: 'REDIS_URL (redisUrl) must be set where LOCKS (locks) is redis.',
  },
  {
    keys: ['kafka.username', 'kafka.password'],
    holds: ({ kafka: { username, password } }) => (username === null) === (password === null),
    sentence: 'KAFKA_USERNAME and KAFKA_PASSWORD (kafka.username, kafka.password) must be set together.',
  },
  {
    keys: ['kafka.certFile', 'kafka.keyFile'],
    holds: ({ kafka }) => isWhole(kafka),
    sentence: 'KAFKA_CERT_FILE and KAFKA_KEY_FILE (kafka.certFile, kafka.keyFile) must be set together.',
  },
  {
    keys: ['kafka.caFile', 'kafka.certFile', 'kafka.tls'],
    holds: ({ kafka }) => kafka.tls || isPlain(kafka),
    sentence: 'KAFKA_CA_FILE and KAFKA_CERT_FILE (kafka.caFile, kafka.certFile) need KAFKA_TLS (kafka.tls) to be true.',
  },
  {
    keys: ['redisTls.certFile', 'redisTls.keyFile'],
    holds: ({ redisTls }) => isWhole(redisTls),
    sentence: 'REDIS_CERT_FILE and REDIS_KEY_FILE (redisTls.certFile, redisTls.keyFile) must be set together.',
  },
  {
    keys: ['redisTls.caFile', 'redisTls.certFile', 'redisUrl'],
    holds: ({ redisTls, redisUrl }) => redisUrl?.startsWith('rediss:') === true || isPlain(redisTls),
    sentence:
      'REDIS_CA_FILE and REDIS_CERT_FILE (redisTls.caFile, redisTls.certFile) need a REDIS_URL (redisUrl) that starts with rediss://.',
  },
];

/** The rules for the options of a host application. */
export const OPTIONS_RULES = sharedRules('encryptionKeys');

export const SETTINGS_RULES: SettingsRule<Settings>[] = [
  ...sharedRules('ENCRYPTION_KEYS'),
  {
    keys: ['production', 'jwtSecret', 'jwksUrl'],
    holds: (settings) => !settings.production || settings.jwtSecret !== null || settings.jwksUrl !== null,
    sentence: 'JWT_SECRET (32 bytes or more) or JWKS_URL must be set in production.',
  },
  {
    keys: ['production', 'encryptionKeys'],
    holds: (settings) => !settings.production || settings.encryptionKeys !== null,
    sentence: 'ENCRYPTION_KEYS (id:base64 pairs of 32-byte keys) must be set in production.',
  },
];
