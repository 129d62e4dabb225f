import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { differences } from '../audit/differences.js';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import { InvalidInputError, StateConflictError, type Fault } from '../domain/errors.js';
import { faultsOf } from '../domain/faults.js';
import { organizationSettingsSchema, type OrganizationSettings } from '../domain/organization-settings.js';
import { beyondCeilings } from '../domain/quotas.js';
import { demandVersion, type VersionCondition } from '../domain/version-condition.js';
import { calendarFaults } from '../triggers/calendar-days.js';
import { GrantsService } from './grants.service.js';
import { SettingsStore, type StoredSettings } from './settings.store.js';

/** How long settings may be older than the store's, where they are read on the way to something else. */
const FRESH_MS = 1000;
const MOST_KNOWN = 10_000;
const MOST_READ = 1000;
const MOST_RETRIES = 20;

interface Known {
  readAt: number;
  settings: Promise<OrganizationSettings>;
}

/** Hears of settings that were written here. Rejecting, it fails the request, whose settings are stored all the same. */
export type SettingsListener = (organization: string, before: OrganizationSettings) => Promise<void>;

/** Shows and changes what an organization has set for all of its tasks. */
@Injectable()
export class SettingsService {
  private readonly known = new LRUCache<string, Known>({ max: MOST_KNOWN });
  /** Settings that were read lately: checking large ones takes long, and what is found out about a calendar is kept with it. */
  private readonly read = new LRUCache<string, StoredSettings>({ max: MOST_READ });
  private readonly listeners: SettingsListener[] = [];

  constructor(
    private readonly store: SettingsStore,
    private readonly clock: Clock,
    private readonly audit: AuditRecorder,
    private readonly turns: Turns,
    private readonly grants: GrantsService,
  ) {}

  /** The settings as the store has them now, defaults where nothing is set, with the version for `If-Match`. */
  async get(organization: string): Promise<StoredSettings> {
    const stored = await this.store.get(organization);
    if (!stored) return { settings: organizationSettingsSchema.parse({}), version: 0 };
    const known = this.read.get(organization);
    if (known?.version === stored.version) return known;
    // Settings of an older program lack what is new in this one, and hold a weight, which is not the organization's to set.
    const { weight: _, ...settings } = { weight: 1, ...stored.settings };
    const read = { settings: organizationSettingsSchema.parse(settings), version: stored.version };
    this.read.set(organization, read);
    return read;
  }

  /** The settings as they were at most a second ago; cheap enough to be asked at every occurrence. */
  current(organization: string): Promise<OrganizationSettings> {
    const known = this.known.get(organization);
    const now = this.clock.monotonic();
    if (known && now - known.readAt < FRESH_MS) return known.settings;
    const settings = this.get(organization).then((stored) => stored.settings);
    const entry = { readAt: now, settings };
    this.known.set(organization, entry);
    settings.catch(() => this.known.get(organization) === entry && this.known.delete(organization));
    return settings;
  }

  /** Replaces the settings as a whole. @throws InvalidInputError, VersionMismatchError */
  async put(organization: string, input: unknown, condition?: VersionCondition): Promise<StoredSettings> {
    const parsed = organizationSettingsSchema.safeParse(input);
    const faults = parsed.success
      ? await this.faultsOf(organization, parsed.data)
      : faultsOf(parsed.error).map(explained);
    if (!parsed.success || faults.length > 0) throw new InvalidInputError(faults);
    for (let tries = 0; tries < MOST_RETRIES; tries++) {
      const { version, settings: before } = await this.get(organization);
      if (condition) demandVersion('settings', String(version), condition);
      if (!(await this.store.put(organization, parsed.data, version))) continue;
      this.known.delete(organization);
      await this.audit.record({
        organization,
        action: 'settings.replaced',
        object: { type: 'settings', id: 'settings' },
        ...differences(before, parsed.data),
      });
      for (const listener of this.listeners) await listener(organization, before);
      return { settings: parsed.data, version: version + 1 };
    }
    throw new StateConflictError('The settings are being changed by others; try again.');
  }

  private async faultsOf(organization: string, { calendars, quotas }: OrganizationSettings): Promise<Fault[]> {
    return [
      ...(await calendarFaults(organization, calendars, this.turns)),
      ...beyondCeilings(quotas, await this.grants.ceilings(organization)),
    ];
  }

  /** Calls `listener` after each change that is made through this instance. */
  onChanged(listener: SettingsListener): void {
    this.listeners.push(listener);
  }
}

/** Of the weight, which was a member once, it is said whose it is. */
const explained = (fault: Fault): Fault =>
  fault.pointer === '/weight'
    ? {
        ...fault,
        detail: 'is set by whoever runs the installation, with PUT /v1/installation/organizations/{organization}',
      }
    : fault;
