import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { groupsBy } from '../domain/groups.js';
import { newId } from '../domain/ids.js';
import type { Json } from '../domain/json.js';
import { GroupCommit } from '../storage/group-commit.js';
import { Patience } from '../storage/patience.js';
import { currentActor, type Actor } from './actor.js';
import { entryOf, type AuditDraft, type AuditObject } from './audit-entry.js';
import { AuditStore } from './audit.store.js';
import { ChainWriter } from './chain-writer.js';

/** A change that was made, as a service tells it. Secrets must be masked already. */
export interface Change {
  organization: string;
  action: string;
  object: AuditObject;
  /** Ids of what the object belongs to, under which the entry is found, too. */
  within?: readonly string[];
  before?: Json;
  after?: Json;
  /** By default whoever the request is from. */
  actor?: Actor;
}

/**
 * Puts changes into the audit trail. A change is recorded after it is made and before it is acknowledged: through an
 * outage of the store the caller waits, for what has been done must not be forgotten.
 */
@Injectable()
export class AuditRecorder implements BeforeApplicationShutdown {
  private readonly commits: GroupCommit<AuditDraft, Error | undefined>;
  private readonly patience: Patience;

  constructor(
    private readonly writer: ChainWriter,
    private readonly store: AuditStore,
    private readonly clock: Clock,
  ) {
    this.patience = new Patience(clock, 'The audit trail');
    this.commits = new GroupCommit((drafts) => this.write(drafts), { limit: 1000 });
  }

  /** Ends the waiting for a store that is away. */
  async beforeApplicationShutdown(): Promise<void> {
    this.patience.end();
    await this.commits.settled();
  }

  /** Resolves once the change is in the trail. */
  async record(change: Change): Promise<void> {
    const failure = await this.commits.add(this.draftOf(change));
    if (failure) throw failure;
  }

  /** Resolves once the changes are in the trail, in their order. */
  async recordAll(changes: readonly Change[]): Promise<void> {
    await Promise.all(changes.map((change) => this.record(change)));
  }

  /** Records the change unless the object has an entry of this action: for a request that is repeated after a crash. */
  async recordOnce(change: Change): Promise<void> {
    const { organization, action, object } = change;
    const known = await this.store.list(organization, { action, object: object.id }, { limit: 1 });
    if (known.length === 0) await this.record(change);
  }

  private draftOf({ organization, action, object, within = [], before, after, actor }: Change): AuditDraft {
    const at = this.clock.now();
    return {
      id: newId(at),
      organization,
      at,
      actor: actor ?? currentActor(),
      action,
      object,
      objects: [object.id, ...within],
      before: before ?? null,
      after: after ?? null,
    };
  }

  /** One result for each draft, so that what goes wrong in one organization is not another's failure. */
  private async write(drafts: readonly AuditDraft[]): Promise<(Error | undefined)[]> {
    const chains = groupsBy(drafts, ({ organization }) => organization);
    const failures = new Map<string, Error>();
    const writes = [...chains].map(([organization, own]) =>
      this.append(organization, own).catch((error: Error) => failures.set(organization, error)),
    );
    await Promise.all(writes);
    return drafts.map(({ organization }) => failures.get(organization));
  }

  private async append(organization: string, drafts: AuditDraft[]): Promise<void> {
    let left = drafts;
    let repeated = false;
    await this.patience.untilAvailable(async () => {
      if (repeated) left = await this.missing(organization, left);
      repeated = true;
      await this.writer.append(organization, left);
    });
  }

  /** Those that did not get into the trail when the answer of the store was lost. */
  private async missing(organization: string, drafts: AuditDraft[]): Promise<AuditDraft[]> {
    const latest = await this.store.list(organization, {}, { limit: 2 * drafts.length + 100 });
    const stored = new Set(latest.map((record) => entryOf(record).id));
    return drafts.filter(({ id }) => !stored.has(id));
  }
}
