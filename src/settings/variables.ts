/** Which setting each variable of the environment overrides. NODE_ENV stands apart: it says whether this is production. */
export const VARIABLES: Readonly<Record<string, string>> = {
  HOST: 'host',
  PORT: 'port',
  STORE_URL: 'storeUrl',
  DURABILITY: 'durability',
  JWT_SECRET: 'jwtSecret',
  JWKS_URL: 'jwksUrl',
  JWT_ISSUER: 'jwtIssuer',
  JWT_AUDIENCE: 'jwtAudience',
  ENCRYPTION_KEYS: 'encryptionKeys',
  HTTP_ALLOW: 'httpAllow',
  CONCURRENCY: 'engine.concurrency',
  HORIZON_MS: 'engine.horizonMs',
  HEAP_LIMIT: 'engine.heapLimit',
  ARMING_MS: 'engine.armingMs',
  BATCH_MS: 'engine.batchMs',
  LOCK_LIFE_MS: 'engine.lockLifeMs',
  HEARTBEAT_MS: 'engine.heartbeatMs',
  SHUTDOWN_GRACE_MS: 'engine.shutdownGraceMs',
  OVERDUE_AFTER_MS: 'engine.overdueAfterMs',
  OVERDUE_CHECK_MS: 'engine.overdueCheckMs',
  RATE_LIMIT_PER_MINUTE: 'rateLimitPerMinute',
  AUTH_FAILURES_PER_MINUTE: 'authFailuresPerMinute',
  TRUST_PROXY: 'http.trustProxy',
  HEADERS_TIMEOUT_MS: 'http.headersTimeoutMs',
  REQUEST_TIMEOUT_MS: 'http.requestTimeoutMs',
  MAX_CONNECTIONS: 'http.maxConnections',
  REDIS_URL: 'redisUrl',
  KAFKA_BROKERS: 'kafkaBrokers',
  LOG_LEVEL: 'logLevel',
  EXECUTION_ENGINE_URL: 'sinks.executionEngineUrl',
  NOTIFICATION_URL: 'sinks.notificationUrl',
  REPORTING_URL: 'sinks.reportingUrl',
  AUDIT_URL: 'sinks.auditUrl',
  RUN_RETENTION_DAYS: 'retention.runsDays',
  EVENT_RETENTION_DAYS: 'retention.eventsDays',
  AUDIT_RETENTION_DAYS: 'retention.auditDays',
};

const VARIABLE_OF = new Map(Object.entries(VARIABLES).map(([variable, key]) => [key, variable]));

/** The variable that sets `key`, such as `PORT` for `port`; undefined where there is none. */
export const variableOf = (key: string): string | undefined => VARIABLE_OF.get(key);
