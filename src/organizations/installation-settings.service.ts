import { Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import { currentActor } from '../audit/actor.js';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { differences } from '../audit/differences.js';
import { ChangeLines } from '../clock/change-lines.js';
import { Clock } from '../clock/clock.js';
import { InvalidInputError, type Fault } from '../domain/errors.js';
import { faultsOf, pointerOf } from '../domain/faults.js';
import { flattened, installationSettingsSchema, type InstallationSettings } from '../domain/installation-settings.js';
import type { JsonObject } from '../domain/json.js';
import { mergePatch } from '../domain/merge-patch.js';
import { demandVersion, type VersionCondition } from '../domain/version-condition.js';
import { RuntimeSettings } from '../settings/runtime-settings.js';
import { SettingsStore } from './settings.store.js';

/** The trail of what the operator changes for all. No organization has such a name. */
export const INSTALLATION_TRAIL = '*';

/** The key of the settings. No organization has such a name. */
const KEY = JSON.stringify(['installation']);

/** The settings as they are stored. Members of newer versions are kept as they are. */
const storedSchema = z.looseObject({
  settings: z.looseObject({}),
  changedAt: z.number(),
  changedBy: z.string(),
  pausedAt: z.number().optional(),
});
type StoredRecord = z.infer<typeof storedSchema>;

/** How often the store is asked at most (ms): every instance works by what is set within two seconds. */
const LOOK_MS = 800;

const KNOWN = new Set(Object.keys(installationSettingsSchema.shape));

/** The operator's settings for all instances, as currently stored. */
export interface StoredInstallationSettings {
  settings: InstallationSettings;
  /** How many times they were written. */
  version: number;
  /** When (epoch ms) and by whom they were written last; null if never. */
  changedAt: number | null;
  changedBy: string | null;
}

/** A pause of everything: why, and since when (epoch ms). */
export interface InstallationPause {
  reason: string;
  since: number;
}

interface Read extends StoredInstallationSettings {
  /** Members that only newer versions know. */
  unknown: Record<string, unknown>;
  pausedAt: number | undefined;
}

/**
 * Reads and changes the operator's settings for all instances, and has this instance work by them. While they cannot be
 * read, the last ones that could be read count.
 */
@Injectable()
export class InstallationSettingsService {
  /** The version by which this instance works; 0 when nothing was ever set. */
  appliedVersion = 0;
  /** What this instance works by; null until it is known. */
  applied: InstallationSettings | null = null;
  private current: InstallationPause | null = null;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private readonly pauseListeners: (() => void)[] = [];
  private readonly listeners: (() => void)[] = [];
  private unreadable = 0;
  private readonly lines: ChangeLines;
  private readonly logger = new Logger('InstallationSettings');

  constructor(
    private readonly store: SettingsStore,
    private readonly runtime: RuntimeSettings,
    private readonly clock: Clock,
    private readonly audit: AuditRecorder,
  ) {
    this.lines = new ChangeLines(clock);
  }

  /** The pause of everything, as of the last look; null while there is none. */
  get pause(): InstallationPause | null {
    return this.current;
  }

  /** Calls `listener` when everything is paused, or goes on. */
  onPause(listener: () => void): void {
    this.pauseListeners.push(listener);
  }

  /** Calls `listener` when this instance works by other settings than before. */
  onApplied(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Reads now and then what is stored, and works by it from now on. @throws StoreUnavailableError */
  async look(): Promise<void> {
    const now = this.clock.monotonic();
    if (now - this.lookedAt < LOOK_MS) return;
    this.lookedAt = now;
    const stored = await this.store.get(KEY);
    this.applied ??= {};
    if (stored === null || stored.version <= this.appliedVersion || stored.version === this.unreadable) return;
    const read = readOf(stored);
    if (read) return this.apply(read);
    this.unreadable = stored.version;
    this.logger.error(
      `The settings of the installation cannot be read (version ${stored.version}): those of version ${this.appliedVersion} go on counting.`,
    );
  }

  /** The settings as currently stored. @throws StoreUnavailableError */
  async get(): Promise<StoredInstallationSettings> {
    return shown(await this.read());
  }

  /** Replaces the settings as a whole. @throws InvalidInputError, VersionMismatchError */
  put(input: unknown, condition?: VersionCondition): Promise<StoredInstallationSettings> {
    return this.change(() => input, condition);
  }

  /** Applies a JSON Merge Patch (RFC 7396). @throws InvalidInputError, VersionMismatchError */
  patch(patch: unknown, condition?: VersionCondition): Promise<StoredInstallationSettings> {
    return this.change((settings) => mergePatch(settings, patch), condition);
  }

  private async change(
    changed: (settings: InstallationSettings) => unknown,
    condition?: VersionCondition,
  ): Promise<StoredInstallationSettings> {
    const { before, after } = await this.lines.change(KEY, 'What is set for the installation', async () => {
      const stored = await this.read();
      const settings = this.checked(changed(stored.settings));
      if (condition) demandVersion('settings', String(stored.version), condition);
      const next = this.next(stored, settings);
      const isFirst = await this.store.put(KEY, recordOf(next), stored.version);
      return isFirst ? { before: stored.settings, after: next } : undefined;
    });
    this.apply(after);
    await this.audit.record({
      organization: INSTALLATION_TRAIL,
      action: 'installation.settings.replaced',
      object: { type: 'settings', id: 'installation' },
      ...differences(before as JsonObject, after.settings as JsonObject),
    });
    return shown(after);
  }

  private next(before: Read, settings: InstallationSettings): Read {
    const now = this.clock.now();
    return {
      settings,
      unknown: before.unknown,
      version: before.version + 1,
      changedAt: now,
      changedBy: currentActor().id,
      pausedAt: settings.paused ? (before.pausedAt ?? now) : undefined,
    };
  }

  /** @throws InvalidInputError */
  private checked(input: unknown): InstallationSettings {
    const parsed = installationSettingsSchema.safeParse(input);
    const faults = parsed.success ? this.beyondEnvironment(parsed.data) : faultsOf(parsed.error);
    if (!parsed.success || faults.length > 0) throw new InvalidInputError(faults);
    return parsed.data;
  }

  private beyondEnvironment(settings: InstallationSettings): Fault[] {
    return [...flattened(settings)].flatMap(([key, value]) => {
      const ceiling = this.runtime.ceilingOf(key);
      if (ceiling === undefined || typeof value !== 'number' || value <= ceiling) return [];
      const detail = `must be at most ${ceiling}, which the environment of this instance allows`;
      return [{ pointer: pointerOf(key.split('.')), detail }];
    });
  }

  private async read(): Promise<Read> {
    const nothing = { settings: {}, unknown: {}, version: 0, changedAt: null, changedBy: null, pausedAt: undefined };
    const stored = await this.store.get(KEY);
    // What cannot be read counts as not set when it is shown or replaced.
    return stored ? (readOf(stored) ?? { ...nothing, version: stored.version }) : nothing;
  }

  private apply(read: Read): void {
    if (read.version <= this.appliedVersion) return;
    this.appliedVersion = read.version;
    this.applied = read.settings;
    const { paused } = read.settings;
    const wasPaused = this.current !== null;
    this.current = paused ? { reason: paused.reason, since: read.pausedAt ?? read.changedAt ?? 0 } : null;
    this.runtime.apply(flattened(read.settings));
    if (wasPaused !== (this.current !== null)) for (const listener of this.pauseListeners) listener();
    for (const listener of this.listeners) listener();
  }
}

/** What is stored, by this version's knowledge; null when it cannot be read. */
function readOf({
  settings: stored,
  version,
  unreadable,
}: {
  settings: object;
  version: number;
  unreadable?: string;
}): Read | null {
  const record = storedSchema.safeParse(stored);
  if (!record.success || unreadable !== undefined) return null;
  const entries = Object.entries(record.data.settings);
  const settings = installationSettingsSchema.safeParse(
    Object.fromEntries(entries.filter(([name]) => KNOWN.has(name))),
  );
  if (!settings.success) return null;
  const { changedAt, changedBy, pausedAt } = record.data;
  const unknown = Object.fromEntries(entries.filter(([name]) => !KNOWN.has(name)));
  return { settings: settings.data, unknown, version, changedAt, changedBy, pausedAt };
}

const shown = ({ settings, version, changedAt, changedBy }: Read): StoredInstallationSettings => ({
  settings,
  version,
  changedAt,
  changedBy,
});

const recordOf = ({ settings, unknown, changedAt, changedBy, pausedAt }: Read): StoredRecord => ({
  settings: { ...unknown, ...settings },
  changedAt: changedAt!,
  changedBy: changedBy!,
  ...(pausedAt !== undefined && { pausedAt }),
});
