import { Injectable } from '@nestjs/common';
import { Presence } from '../cluster/presence.js';
import { Clock } from '../clock/clock.js';
import { groupsBy } from '../domain/groups.js';
import { newId } from '../domain/ids.js';
import type { Json } from '../domain/json.js';
import { GroupCommit } from '../batching/group-commit.js';
import { Patience } from '../batching/patience.js';
import { currentActor, type Actor } from './actor.js';
import { entryOf, type AuditDraft, type AuditObject } from './audit-entry.js';
import { AuditStore } from './audit.store.js';
import { ChainWriter } from './chain-writer.js';

/** A change that a service made. Secrets must already be masked. */
export interface Change {
  organization: string;
  action: string;
  object: AuditObject;
  /** Ids of what the object belongs to; the entry is found under them, too. */
  within?: readonly string[];
  before?: Json;
  after?: Json;
  /** Defaults to the actor of the request. */
  actor?: Actor;
}

/**
 * Adds changes to the audit trail. A change is recorded after it is made and before it is acknowledged. During an
 * outage of the store the caller waits: a change that was made must not be lost.
 */
@Injectable()
export class AuditRecorder {
  private readonly commits: GroupCommit<AuditDraft, Error | undefined>;
  private readonly patience: Patience;

  constructor(
    private readonly writer: ChainWriter,
    private readonly store: AuditStore,
    private readonly clock: Clock,
    presence: Presence,
  ) {
    this.patience = new Patience(clock, 'The audit trail');
    this.commits = new GroupCommit((drafts) => this.write(drafts), {
      limit: 1000,
      pace: presence.pace(),
      partyOf: ({ organization }) => organization,
    });
  }

  /** Stops waiting for an unavailable store. */
  async stop(): Promise<void> {
    this.patience.end();
    await this.commits.settled();
  }

  /** Resolves once the change is in the trail. */
  async record(change: Change): Promise<void> {
    const failure = await this.commits.add(this.draftOf(change));
    if (failure) throw failure;
  }

  /** Resolves once the changes are in the trail, in order. */
  async recordAll(changes: readonly Change[]): Promise<void> {
    await Promise.all(changes.map((change) => this.record(change)));
  }

  /**
   * Records the change unless the object has an entry with this action: for requests that are repeated after a crash.
   */
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

  /** One result per draft, so that a fault in one organization does not fail another. */
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

  /** The drafts that did not reach the trail when the store's answer was lost. */
  private async missing(organization: string, drafts: AuditDraft[]): Promise<AuditDraft[]> {
    const latest = await this.store.list(organization, {}, { limit: 2 * drafts.length + 100 });
    const stored = new Set(latest.map((record) => entryOf(record).id));
    return drafts.filter(({ id }) => !stored.has(id));
  }
}
