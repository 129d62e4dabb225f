import type { EngineSettings, Settings } from './settings.js';

/** Something that several settings must fulfil together. */
export interface SettingsRule<Of> {
  /** The dotted keys that it is about. */
  keys: string[];
  holds: (settings: Of) => boolean;
  /** What is wrong, as a sentence about the variables. */
  sentence: string;
}

export const ENGINE_RULES: SettingsRule<EngineSettings>[] = [
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

export const SETTINGS_RULES: SettingsRule<Settings>[] = [
  ...ENGINE_RULES.map(({ keys, holds, sentence }) => ({
    keys: keys.map((key) => `engine.${key}`),
    holds: (settings: Settings) => holds(settings.engine),
    sentence,
  })),
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
