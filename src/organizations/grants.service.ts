import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { differences } from '../audit/differences.js';
import { Clock } from '../clock/clock.js';
import { InvalidInputError, StateConflictError } from '../domain/errors.js';
import { faultsOf } from '../domain/faults.js';
import { grantsSchema, type Grants } from '../domain/grants.js';
import type { Quotas } from '../domain/quotas.js';
import { demandVersion, type VersionCondition } from '../domain/version-condition.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../options.js';
import { SettingsStore } from './settings.store.js';

/** How long grants may be older than the store's, where they are read on the way to something else. */
const FRESH_MS = 1000;
const MOST_KNOWN = 10_000;
const MOST_RETRIES = 20;

/** Grants with the number of times they were written. */
export interface StoredGrants {
  grants: Grants;
  version: number;
}

interface Known {
  readAt: number;
  grants: Promise<Grants>;
}

/** Shows and changes what whoever runs the installation has set for organizations: weights, and ceilings of quotas. */
@Injectable()
export class GrantsService {
  private readonly known = new LRUCache<string, Known>({ max: MOST_KNOWN });

  constructor(
    private readonly store: SettingsStore,
    private readonly clock: Clock,
    private readonly audit: AuditRecorder,
    @Inject(RUNNER_OPTIONS) private readonly options: Pick<ResolvedOptions, 'quotas'>,
  ) {}

  /** The grants as the store has them now, defaults where nothing is set. */
  async get(organization: string): Promise<StoredGrants> {
    const stored = await this.store.get(keyOf(organization));
    return { grants: grantsSchema.parse(stored?.settings ?? {}), version: stored?.version ?? 0 };
  }

  /** The grants as they were at most a second ago. */
  current(organization: string): Promise<Grants> {
    const known = this.known.get(organization);
    const now = this.clock.monotonic();
    if (known && now - known.readAt < FRESH_MS) return known.grants;
    const grants = this.get(organization).then((stored) => stored.grants);
    const entry = { readAt: now, grants };
    this.known.set(organization, entry);
    grants.catch(() => this.known.get(organization) === entry && this.known.delete(organization));
    return grants;
  }

  /** The widest quotas that the organization may set itself: its own ceilings, and those of the service for the others. */
  async ceilings(organization: string): Promise<Quotas> {
    return { ...this.options.quotas, ...(await this.current(organization)).quotas };
  }

  /** Replaces the grants of an organization as a whole. @throws InvalidInputError, VersionMismatchError */
  async put(organization: string, input: unknown, condition?: VersionCondition): Promise<StoredGrants> {
    const parsed = grantsSchema.safeParse(input);
    if (!parsed.success) throw new InvalidInputError(faultsOf(parsed.error));
    for (let tries = 0; tries < MOST_RETRIES; tries++) {
      const { version, grants: before } = await this.get(organization);
      if (condition) demandVersion('grants', String(version), condition);
      if (!(await this.store.put(keyOf(organization), parsed.data, version))) continue;
      this.known.delete(organization);
      await this.audit.record({
        organization,
        action: 'grants.replaced',
        object: { type: 'settings', id: 'grants' },
        ...differences(before, parsed.data),
      });
      return { grants: parsed.data, version: version + 1 };
    }
    throw new StateConflictError('The grants are being changed by others; try again.');
  }
}

/** No organization has such a name. */
const keyOf = (organization: string): string => JSON.stringify(['grants', organization]);
