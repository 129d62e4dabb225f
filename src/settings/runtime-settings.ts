import { flattened, type SettingKey, type SettingValue } from '../domain/installation-settings.js';
import type { Quotas } from '../domain/quotas.js';
import type { EngineSettings, RetentionSettings } from './settings.js';
import { settingsSchema } from './settings.schema.js';

/** Where the value of a setting comes from: the store, the environment of this instance, or nowhere. */
export type SettingOrigin = 'settings' | 'environment' | 'default';

/** The value of a setting that counts on this instance; null for no limit. */
export interface EffectiveSetting {
  value: SettingValue;
  origin: SettingOrigin;
}

/** What the environment of this instance says. */
interface Environment {
  engine: Pick<EngineSettings, 'concurrency' | 'horizonMs'>;
  quotas: Quotas;
  retention: RetentionSettings;
}

const defaults = settingsSchema.parse({});

/** What counts where nothing is set. */
const DEFAULTS = flattened({
  concurrency: defaults.engine.concurrency,
  horizonMs: defaults.engine.horizonMs,
  rateLimitPerMinute: defaults.rateLimitPerMinute,
  authFailuresPerMinute: defaults.authFailuresPerMinute,
  logLevel: defaults.logLevel,
  quotas: defaults.quotas,
  retention: defaults.retention,
  notifications: { paused: false },
});

/**
 * The settings that may change while the instance runs. The environment is the default and, for numbers, the ceiling:
 * what is stored above it counts as the environment's.
 */
export class RuntimeSettings {
  private readonly environment = new Map<SettingKey, EffectiveSetting>();
  private stored: ReadonlyMap<SettingKey, SettingValue> = new Map();
  private readonly listeners: (() => void)[] = [];

  constructor({ engine, retention, quotas }: Environment) {
    const { concurrency, horizonMs } = engine;
    const given = {
      concurrency,
      horizonMs,
      retention,
      notifications: { paused: false },
      quotas: { ...defaults.quotas, ...quotas },
    };
    for (const [key, value] of flattened(given)) this.declare(key, value);
  }

  /** Names another setting of this instance, with what its environment says. */
  declare(key: SettingKey, value: SettingValue): void {
    this.environment.set(key, { value, origin: value === DEFAULTS.get(key) ? 'default' : 'environment' });
  }

  /** Takes over what is stored, for all settings; what is not among it is as the environment says. */
  apply(stored: ReadonlyMap<SettingKey, SettingValue>): void {
    this.stored = stored;
    for (const listener of this.listeners) listener();
  }

  /** Calls `listener` when values may have changed. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  get concurrency(): number {
    return this.numberOf('concurrency');
  }

  get horizonMs(): number {
    return this.numberOf('horizonMs');
  }

  /** The engine's settings, with what may change as it is when it is read. */
  inEngine<Settings extends Pick<EngineSettings, 'horizonMs'>>(engine: Settings): Settings {
    const horizon = { enumerable: true, get: () => this.horizonMs };
    return Object.freeze(Object.defineProperty({ ...engine }, 'horizonMs', horizon));
  }

  /** Whether nothing goes out to notification channels. */
  get areNotificationsPaused(): boolean {
    return this.of('notifications.paused').value === true;
  }

  /** The ceilings of every organization that has none of its own. */
  get quotas(): Quotas {
    return this.section('quotas');
  }

  get retention(): RetentionSettings {
    return this.section('retention');
  }

  /** The value of a setting that counts now: its default where this instance does not have it. */
  of(key: SettingKey): EffectiveSetting {
    const environment = this.environment.get(key);
    if (!environment) return { value: DEFAULTS.get(key) ?? null, origin: 'default' };
    const stored = this.stored.get(key);
    return stored === undefined || exceeds(stored, this.ceiling(key))
      ? environment
      : { value: stored, origin: 'settings' };
  }

  /** The value of a setting that is a number. */
  numberOf(key: SettingKey): number {
    return this.of(key).value as number;
  }

  /** The most that may be stored for a number; undefined where there is no limit. */
  ceilingOf(key: SettingKey): number | undefined {
    const value = this.ceiling(key);
    return typeof value === 'number' ? value : undefined;
  }

  private ceiling(key: SettingKey): SettingValue {
    const value = this.environment.get(key)?.value ?? null;
    return value === null && key === 'retention.failedRunsDays' ? this.ceiling('retention.runsDays') : value;
  }

  /** All settings that this instance has, as they count on it now. */
  effective(): Record<string, EffectiveSetting> {
    return Object.fromEntries([...this.environment.keys()].map((key) => [key, this.of(key)]));
  }

  private section<Section extends object>(name: 'quotas' | 'retention'): Section {
    const prefix = `${name}.`;
    const keys = [...this.environment.keys()].filter((key) => key.startsWith(prefix));
    const entries = keys.map((key) => [key.slice(prefix.length), this.of(key).value] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== null)) as Section;
  }
}

const exceeds = (stored: SettingValue, ceiling: SettingValue): boolean =>
  typeof stored === 'number' && typeof ceiling === 'number' && stored > ceiling;
