import type { AuditRecord } from '../../audit/audit-entry.js';
import { briefly } from '../../audit/counted-outcomes.js';
import {
  AuditStore,
  type AuditFilter,
  type AuditPage,
  type Checkpoint,
  type OutcomePosition,
  type RunOutcome,
} from '../../audit/audit.store.js';
import { firstIdAt } from '../../domain/ids.js';
import type { Run } from '../../domain/run.js';
import { listingOf, type Listing } from '../../domain/listing.js';
import { copyOf, keyOf, type MemoryData } from './memory-data.js';

/** Keeps the audit trail in memory. */
export class MemoryAuditStore extends AuditStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async append(records: readonly AuditRecord[], head: Checkpoint): Promise<number> {
    const { organization } = records[0]!;
    const taken = new Set(this.of(organization).map(({ sequence }) => sequence));
    if (records.some(({ sequence }) => taken.has(sequence))) return Promise.resolve(0);
    this.data.audit.push(...copyOf(records));
    await this.putCheckpoint(head);
    return records.length;
  }

  async last(organization: string, action?: string): Promise<AuditRecord | null> {
    return (await this.list(organization, { action }, { limit: 1 }))[0] ?? null;
  }

  async list(
    organization: string,
    filter: AuditFilter,
    { before = Infinity, limit }: { before?: number | undefined; limit: number },
  ): Promise<AuditRecord[]> {
    const found = this.of(organization, filter).filter(({ sequence }) => sequence < before);
    return Promise.resolve(copyOf(found.sort((a, b) => b.sequence - a.sequence).slice(0, limit)));
  }

  async chain(organization: string, filter: AuditFilter, after: number, limit: number): Promise<AuditRecord[]> {
    const found = this.of(organization, filter).filter(({ sequence }) => sequence > after);
    return Promise.resolve(copyOf(found.sort((a, b) => a.sequence - b.sequence).slice(0, limit)));
  }

  async search(
    organization: string,
    filter: AuditFilter,
    { after, limit, order, isBrief = false }: AuditPage,
  ): Promise<Listing<AuditRecord, number>> {
    const one = limit + 1;
    const found =
      order === 'newest first'
        ? await this.list(organization, filter, { before: after, limit: one })
        : await this.chain(organization, filter, after ?? 0, one);
    return listingOf(isBrief ? found.map(briefly) : found, limit, ({ sequence }) => sequence);
  }

  async checkpoint(organization: string, kind: Checkpoint['kind']): Promise<Checkpoint | null> {
    return Promise.resolve(copyOf(this.data.checkpoints.get(keyOf(organization, kind)) ?? null));
  }

  async checkpoints(organization: string): Promise<Checkpoint[]> {
    const own = [...this.data.checkpoints.values()].filter((checkpoint) => checkpoint.organization === organization);
    return Promise.resolve(copyOf(own));
  }

  async hasTaskBefore(organization: string, at: number): Promise<boolean> {
    const tasks = [...this.data.tasks.values()];
    return Promise.resolve(tasks.some((task) => task.organization === organization && task.id < firstIdAt(at)));
  }

  async heads(after: string, limit: number): Promise<Checkpoint[]> {
    const heads = [...this.data.checkpoints.values()].filter(({ kind }) => kind === 'head');
    const later = heads.filter(({ organization }) => organization > after);
    const sorted = later.sort((a, b) => (a.organization < b.organization ? -1 : 1));
    return Promise.resolve(copyOf(sorted.slice(0, limit)));
  }

  async putCheckpoint(checkpoint: Checkpoint): Promise<void> {
    const key = keyOf(checkpoint.organization, checkpoint.kind);
    const isLater = checkpoint.sequence >= (this.data.checkpoints.get(key)?.sequence ?? 0);
    if (isLater) this.data.checkpoints.set(key, copyOf(checkpoint));
    return Promise.resolve();
  }

  async removeUpTo(base: Checkpoint): Promise<void> {
    await this.putCheckpoint(base);
    const goes = (record: AuditRecord) => record.organization === base.organization && record.sequence <= base.sequence;
    this.data.audit = this.data.audit.filter((record) => !goes(record));
  }

  async organizationsBefore(at: number, limit: number, except: readonly string[] = []): Promise<string[]> {
    const old = this.data.audit
      .filter((record) => record.at < at && !except.includes(record.organization))
      .map(({ organization }) => organization);
    return Promise.resolve([...new Set(old)].slice(0, limit));
  }

  async checkpointsNotUnder(keyId: string, limit: number): Promise<Checkpoint[]> {
    const others = [...this.data.checkpoints.values()].filter((checkpoint) => checkpoint.keyId !== keyId);
    return Promise.resolve(copyOf(others.slice(0, limit)));
  }

  async outcomesUntil(): Promise<OutcomePosition | null> {
    return Promise.resolve(copyOf(this.data.outcomesUntil));
  }

  async moveOutcomes(to: OutcomePosition): Promise<void> {
    this.data.outcomesUntil = copyOf(to);
    return Promise.resolve();
  }

  async nextOutcomeAt(after: OutcomePosition): Promise<number | null> {
    return Promise.resolve(this.endedAfter(after)[0]?.finishedAt ?? null);
  }

  async outcomes(after: OutcomePosition, before: number, limit: number): Promise<RunOutcome[]> {
    const ended = this.endedAfter(after).filter(({ finishedAt }) => finishedAt! < before);
    return Promise.resolve(ended.slice(0, limit).map(outcomeOf));
  }

  private of(organization: string, filter: AuditFilter = {}): AuditRecord[] {
    const { actor, action, object, from = -Infinity, to = Infinity } = filter;
    return this.data.audit.filter(
      (record) =>
        record.organization === organization &&
        (actor === undefined || record.actor === actor) &&
        (action === undefined || record.action === action) &&
        (object === undefined || record.objects.includes(object)) &&
        record.at >= from &&
        record.at < to,
    );
  }

  private endedAfter({ at, id }: OutcomePosition): Run[] {
    const ended = [...this.data.runs.values()].filter(
      (run) => run.finishedAt !== null && (run.finishedAt > at || (run.finishedAt === at && run.id > id)),
    );
    return ended.sort((a, b) => a.finishedAt! - b.finishedAt! || (a.id < b.id ? -1 : 1));
  }
}

const outcomeOf = (run: Run): RunOutcome => {
  const { organization, id, taskId, trigger, state, scheduledFor, startedAt, attempt } = run;
  return { organization, id, taskId, trigger, state, scheduledFor, startedAt, finishedAt: run.finishedAt!, attempt };
};
