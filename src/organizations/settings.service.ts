import { Injectable, Logger } from '@nestjs/common';
import { boundedCache } from '../domain/bounded-cache.js';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { differences } from '../audit/differences.js';
import { FreshReads } from '../batching/fresh-reads.js';
import { ChangeLines } from '../clock/change-lines.js';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import { InvalidInputError, type Fault } from '../domain/errors.js';
import { faultsOf } from '../domain/faults.js';
import { organizationSettingsSchema, type OrganizationSettings } from '../domain/organization-settings.js';
import { ownMember } from '../domain/own-member.js';
import { beyondCeilings } from '../domain/quotas.js';
import { demandVersion, type VersionCondition } from '../domain/version-condition.js';
import { calendarFaults } from '../triggers/calendar-days.js';
import { GrantsService } from './grants.service.js';
import { SettingsStore, type StoredSettings } from './settings.store.js';

/** How much older than the store's the settings of `current` may be. */
const FRESH_MS = 1000;
const MOST_READ = 1000;

/** Receives settings that were written here. A rejection fails the request, although the settings are stored. */
export type SettingsListener = (organization: string, before: OrganizationSettings) => Promise<void>;

/** Reads and changes an organization's settings for all of its tasks. */
@Injectable()
export class SettingsService {
  private readonly fresh: FreshReads<OrganizationSettings>;
  /** Recently read settings: checking large ones is slow, and results computed for a calendar are cached with it. */
  private readonly read = boundedCache<StoredSettings>(MOST_READ);
  private readonly listeners: SettingsListener[] = [];
  private readonly lines: ChangeLines;
  private readonly logger = new Logger(SettingsService.name);

  constructor(
    private readonly store: SettingsStore,
    clock: Clock,
    private readonly audit: AuditRecorder,
    private readonly turns: Turns,
    private readonly grants: GrantsService,
  ) {
    this.lines = new ChangeLines(clock);
    this.fresh = new FreshReads(clock, FRESH_MS, async (organization) => (await this.get(organization)).settings);
  }

  /** The settings as currently stored, with defaults for what is not set, and the version for `If-Match`. */
  async get(organization: string): Promise<StoredSettings> {
    const stored = await this.store.get(organization);
    if (!stored) return { settings: organizationSettingsSchema.parse({}), version: 0 };
    const known = this.read.get(organization);
    if (known?.version === stored.version) return known;
    // Settings of an older version lack new members, and contain a weight, which the organization must not set.
    const { weight: _, ...settings } = { weight: 1, ...stored.settings };
    const read = { settings: this.readable(organization, settings, stored.unreadable), version: stored.version };
    this.read.set(organization, read);
    return read;
  }

  /** Settings that cannot be read are those of an organization that has set nothing, until somebody replaces them. */
  private readable(organization: string, settings: object, unreadable: string | undefined): OrganizationSettings {
    const parsed = organizationSettingsSchema.safeParse(settings);
    if (parsed.success && unreadable === undefined) return parsed.data;
    const reason = unreadable ?? 'their record cannot be read: it has invalid values';
    this.logger.error(`The settings of ${organization} count as not set: ${reason}`);
    return organizationSettingsSchema.parse({});
  }

  /** The settings, at most a second old; cheap enough to ask at every occurrence. */
  current(organization: string): Promise<OrganizationSettings> {
    return this.fresh.get(organization);
  }

  /** Replaces the settings as a whole. @throws InvalidInputError, VersionMismatchError */
  async put(organization: string, input: unknown, condition?: VersionCondition): Promise<StoredSettings> {
    const made = await this.demand(organization, input);
    const { version, settings: before } = await this.lines.change(organization, 'What is set', async () => {
      const stored = await this.get(organization);
      if (condition) demandVersion('settings', String(stored.version), condition);
      return (await this.store.put(organization, made, stored.version)) ? stored : undefined;
    });
    this.fresh.forget(organization);
    await this.audit.record({
      organization,
      action: 'settings.replaced',
      object: { type: 'settings', id: 'settings' },
      ...differences(before, made),
    });
    for (const listener of this.listeners) await listener(organization, before);
    return { settings: made, version: version + 1 };
  }

  /** The settings as they would be stored. @throws InvalidInputError where they cannot be */
  async demand(organization: string, input: unknown): Promise<OrganizationSettings> {
    const parsed = organizationSettingsSchema.safeParse(input);
    if (!parsed.success) throw new InvalidInputError(faultsOf(parsed.error).map(explained));
    const faults = await this.faultsOf(organization, parsed.data);
    if (faults.length > 0) throw new InvalidInputError(faults);
    return parsed.data;
  }

  private async faultsOf(organization: string, { calendars, quotas }: OrganizationSettings): Promise<Fault[]> {
    return [
      ...(await calendarFaults(organization, calendars, this.turns)),
      ...beyondCeilings(quotas, await this.grants.ceilings(organization)),
    ];
  }

  /** Calls `listener` after each change made through this instance. */
  onChanged(listener: SettingsListener): void {
    this.listeners.push(listener);
  }
}

/** The names of calendars or pools that differ. */
export const changedMembers = (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) =>
  Object.keys({ ...before, ...after }).filter(
    (name) => JSON.stringify(ownMember(before, name)) !== JSON.stringify(ownMember(after, name)),
  );

/** For the weight, which was once a member, says who sets it now. */
const explained = (fault: Fault): Fault =>
  fault.pointer === '/weight'
    ? {
        ...fault,
        detail: 'is set by whoever runs the installation, with PUT /v1/installation/organizations/{organization}',
      }
    : fault;
