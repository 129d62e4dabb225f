import { Injectable, Logger } from '@nestjs/common';
import { boundedCache } from '../domain/bounded-cache.js';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { differences } from '../audit/differences.js';
import { FreshReads } from '../batching/fresh-reads.js';
import { ChangeLines } from '../clock/change-lines.js';
import { Clock } from '../clock/clock.js';
import { checked } from '../domain/faults.js';
import { grantsSchema, type Grants } from '../domain/grants.js';
import type { Quotas } from '../domain/quotas.js';
import { demandVersion, type VersionCondition } from '../domain/version-condition.js';
import { RuntimeSettings } from '../settings/runtime-settings.js';
import { SettingsStore } from './settings.store.js';

/** How much older than the store's the grants of `current` may be. */
const FRESH_MS = 1000;
const MOST_KNOWN = 10_000;

/** Grants with the number of times they were written. */
export interface StoredGrants {
  grants: Grants;
  version: number;
}

/** Reads and changes the operator's settings for organizations: weights, and ceilings of quotas. */
@Injectable()
export class GrantsService {
  private readonly fresh: FreshReads<Grants>;
  private readonly lines: ChangeLines;
  /** The versions of grants that cannot be read, as they were told of. */
  private readonly told = boundedCache<number>(MOST_KNOWN);
  private readonly logger = new Logger(GrantsService.name);

  constructor(
    private readonly store: SettingsStore,
    clock: Clock,
    private readonly audit: AuditRecorder,
    private readonly runtime: RuntimeSettings,
  ) {
    this.lines = new ChangeLines(clock);
    this.fresh = new FreshReads(clock, FRESH_MS, async (organization) => (await this.get(organization)).grants);
  }

  /** The grants as currently stored, with defaults for what is not set. */
  async get(organization: string): Promise<StoredGrants> {
    const stored = await this.store.get(keyOf(organization));
    // What cannot be read was granted to nobody.
    const parsed = grantsSchema.safeParse(stored?.settings ?? {});
    const version = stored?.version ?? 0;
    if (parsed.success && stored?.unreadable === undefined) return { grants: parsed.data, version };
    this.tell(organization, version, stored?.unreadable ?? 'their record cannot be read: it has invalid values');
    return { grants: grantsSchema.parse({}), version };
  }

  private tell(organization: string, version: number, reason: string): void {
    if (this.told.get(organization) === version) return;
    this.told.set(organization, version);
    this.logger.error(`The grants of ${organization} count as not set: ${reason}`);
  }

  /** The grants, at most a second old. */
  current(organization: string): Promise<Grants> {
    return this.fresh.get(organization);
  }

  /** The widest quotas that the organization may set: its own ceilings, and the service's for the others. */
  async ceilings(organization: string): Promise<Quotas> {
    return { ...this.runtime.quotas, ...(await this.current(organization)).quotas };
  }

  /** Replaces the grants of an organization as a whole. @throws InvalidInputError, VersionMismatchError */
  async put(organization: string, input: unknown, condition?: VersionCondition): Promise<StoredGrants> {
    const grants = checked(grantsSchema, input);
    const { version, grants: before } = await this.lines.change(organization, 'What is granted', async () => {
      const stored = await this.get(organization);
      if (condition) demandVersion('grants', String(stored.version), condition);
      return (await this.store.put(keyOf(organization), grants, stored.version)) ? stored : undefined;
    });
    this.fresh.forget(organization);
    await this.audit.record({
      organization,
      action: 'grants.replaced',
      object: { type: 'settings', id: 'grants' },
      ...differences(before, grants),
    });
    return { grants, version: version + 1 };
  }
}

/** No organization has such a name. */
const keyOf = (organization: string): string => JSON.stringify(['grants', organization]);
