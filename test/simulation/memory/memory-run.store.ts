import { firstIdAt } from '../../../src/domain/ids.js';
import type { LedgerEntry } from '../../../src/domain/ledger.js';
import { isFinished, type Run } from '../../../src/domain/run.js';
import {
  RunStore,
  type Claim,
  type ClaimResult,
  type RunChange,
  type FailedRuns,
  type LedgerRange,
  type MadeUp,
  type OpenedRun,
  type RunFilter,
  type RunRange,
} from '../../../src/scheduling/run.store.js';
import { listingOf, type Listing } from '../../../src/scheduling/listing.js';
import type { Page, Turns } from '../../../src/scheduling/task.store.js';
import { openClaim, put } from './memory-claims.js';
import { byOrganization, copyOf, descending, hasTurn, keyOf, purge, type MemoryData } from './memory-data.js';

type Token = Pick<RunChange, 'id' | 'expected'>;

/** Keeps the runs and the ledger in memory. */
export class MemoryRunStore extends RunStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async open(claims: readonly Claim[]): Promise<ClaimResult[]> {
    return Promise.resolve(claims.map((claim) => openClaim(this.data, claim)));
  }

  async insert(runs: readonly Run[]): Promise<Set<string>> {
    const known = new Set(runs.filter(({ id }) => this.data.runs.has(id)).map(({ id }) => id));
    for (const run of runs) if (!this.data.runs.has(run.id)) put(this.data, run);
    return Promise.resolve(known);
  }

  async makeUp(runs: readonly Run[]): Promise<Set<string>> {
    for (const { id } of runs) {
      const { state, attempts } = this.data.runs.get(id) ?? { state: 'pending', attempts: [] };
      if ((state === 'skipped' || state === 'missed') && attempts.length === 0) this.remove(id);
    }
    return this.insert(runs);
  }

  async update(changes: readonly RunChange[]): Promise<Set<string>> {
    const applied = changes.filter((change) => this.holds(change));
    for (const { id, progress } of applied) this.progress(id, progress);
    return Promise.resolve(new Set(applied.map(({ id }) => id)));
  }

  async withdraw(runs: readonly OpenedRun[]): Promise<Set<string>> {
    const withdrawn = runs.filter((run) => {
      const stored = this.data.runs.get(run.id);
      const isOpened = this.holds({ id: run.id, expected: run }) && stored!.startedAt === null;
      return isOpened && stored!.generation === run.generation;
    });
    for (const { id } of withdrawn) this.remove(id);
    return Promise.resolve(new Set(withdrawn.map(({ id }) => id)));
  }

  async get(organization: string, id: string): Promise<Run | null> {
    const run = this.data.runs.get(id);
    return Promise.resolve(run?.organization === organization ? copyOf(run) : null);
  }

  async list(organization: string, filter: RunFilter, { after, limit }: Page): Promise<Listing<Run>> {
    const { taskId, state, trigger, from = -Infinity, to = Infinity } = filter;
    const shown = [...this.data.runs.values()].filter(
      (run) =>
        run.organization === organization &&
        (taskId === undefined || run.taskId === taskId) &&
        (state === undefined || run.state === state) &&
        (trigger === undefined || run.trigger === trigger) &&
        run.scheduledFor >= from &&
        run.scheduledFor < to &&
        (after === undefined || run.id < after),
    );
    return Promise.resolve(listingOf(shown.sort(descending).map(copyOf), limit, ({ id }) => id));
  }

  async requestCancel(organization: string, id: string): Promise<boolean> {
    const isThere = this.data.unfinished.get(id)?.organization === organization;
    if (isThere) this.data.cancelRequested.add(id);
    return Promise.resolve(isThere);
  }

  async ledger(organization: string, taskId: string, range: LedgerRange): Promise<LedgerEntry[]> {
    const { from, before, after, limit } = range;
    const entries = this.data
      .ledgerOf(taskId)
      .filter((entry) => entry.organization === organization && entry.to >= from && entry.from < before)
      .filter((entry) => after === undefined || byInstants(entry, after) > 0);
    return Promise.resolve(copyOf(entries.sort(byInstants).slice(0, limit)));
  }

  async ledgerBefore(organization: string, taskId: string, before: number, limit: number): Promise<LedgerEntry[]> {
    const entries = this.data
      .ledgerOf(taskId)
      .filter((entry) => entry.organization === organization && entry.from < before);
    return Promise.resolve(copyOf(entries.sort((a, b) => byInstants(b, a)).slice(0, limit)));
  }

  async ofTask(organization: string, taskId: string, { from, before, after, limit }: RunRange): Promise<Run[]> {
    const found = [...this.data.runs.values()].filter(
      (run) =>
        run.organization === organization &&
        run.taskId === taskId &&
        run.id >= firstIdAt(from) &&
        run.id < firstIdAt(before) &&
        (after === undefined || run.id > after),
    );
    return Promise.resolve(found.sort(descending).reverse().slice(0, limit).map(copyOf));
  }

  async byIds(organization: string, ids: readonly string[]): Promise<Run[]> {
    const found = ids.flatMap((id) => this.data.runs.get(id) ?? []);
    return Promise.resolve(copyOf(found.filter((run) => run.organization === organization)));
  }

  async failed(
    organization: string,
    { states, taskId, from = -Infinity, to = Infinity }: FailedRuns,
    { after, limit }: Page,
  ): Promise<Run[]> {
    const wanted: readonly string[] = states;
    const found = [...this.data.runs.values()].filter(
      (run) =>
        run.organization === organization &&
        wanted.includes(run.state) &&
        (taskId === undefined || run.taskId === taskId) &&
        run.scheduledFor >= from &&
        run.scheduledFor < to &&
        (after === undefined || run.id > after),
    );
    return Promise.resolve(found.sort(descending).reverse().slice(0, limit).map(copyOf));
  }

  async madeUp(organization: string, taskId: string, from: number, to: number): Promise<MadeUp[]> {
    const found = [...this.data.runs.values()].filter(
      (run) =>
        run.organization === organization &&
        run.taskId === taskId &&
        run.scheduledFor >= from &&
        run.scheduledFor <= to,
    );
    return Promise.resolve(
      found.flatMap(({ scheduledFor, insteadOf }) =>
        insteadOf ? [{ scheduledFor, insteadOf: copyOf(insteadOf) }] : [],
      ),
    );
  }

  async cancelRequests(owner: string): Promise<string[]> {
    return Promise.resolve(
      [...this.data.cancelRequested].filter((id) => this.data.unfinished.get(id)?.owner === owner),
    );
  }

  async unfinishedOf(taskIds: readonly string[], exceptOwner?: string): Promise<Run[]> {
    const wanted = new Set(taskIds);
    const isOthers = ({ owner }: Run) => exceptOwner === undefined || (owner !== null && owner !== exceptOwner);
    return Promise.resolve(this.unfinished((run) => wanted.has(run.taskId) && isOthers(run)));
  }

  async lastEnded(organization: string, taskId: string, generation: number, limit: number): Promise<Run[]> {
    const ended = [...this.data.runs.values()].filter(
      (run) =>
        run.organization === organization &&
        run.taskId === taskId &&
        run.generation === generation &&
        ['succeeded', 'failed', 'timed_out'].includes(run.state),
    );
    return Promise.resolve(ended.sort(descending).slice(0, limit).map(copyOf));
  }

  async owners(): Promise<string[]> {
    const owners = [...this.data.unfinished.values()].flatMap(({ owner }) => owner ?? []);
    return Promise.resolve([...new Set(owners)]);
  }

  async heldBy(owners: readonly string[], limit: number, turns?: Turns): Promise<Run[]> {
    const held = this.unfinished(({ owner }) => owner !== null && owners.includes(owner));
    return Promise.resolve(inTurns(held, turns).slice(0, limit));
  }

  async unowned(before: number, limit: number, turns?: Turns): Promise<Run[]> {
    const unowned = this.unfinished(({ owner, dueAt }) => owner === null && dueAt < before);
    return Promise.resolve(inTurns(unowned, turns).slice(0, limit));
  }

  async waiting(before: number, limit: number): Promise<Run[]> {
    const isWaiting = ({ state, dueAt }: Run) => state !== 'running' && dueAt < before;
    return Promise.resolve(this.unfinished(isWaiting).slice(0, limit));
  }

  async busyAmong(taskIds: readonly string[]): Promise<Set<string>> {
    const busy = this.unfinished(({ state, taskId }) => state !== 'pending' && taskIds.includes(taskId));
    return Promise.resolve(new Set(busy.map(({ taskId }) => taskId)));
  }

  async purge(before: number, limit: number): Promise<number> {
    const isOld = (run: Run) => isFinished(run.state) && run.finishedAt !== null && run.finishedAt < before;
    const logged = [...this.data.runs.values()].filter(isOld).slice(0, limit);
    for (const { organization, id } of logged) this.data.logs.delete(keyOf(organization, id));
    return Promise.resolve(purge(this.data.runs, isOld, limit));
  }

  async purgeLedger(before: number, limit: number): Promise<number> {
    return Promise.resolve(this.data.purgeLedger(before, limit));
  }

  private holds({ id, expected }: Token): boolean {
    const run = this.data.unfinished.get(id);
    return run !== undefined && run.owner === expected.owner && run.attempt === expected.attempt;
  }

  private progress(id: string, progress: RunChange['progress']): void {
    const run = { ...this.data.runs.get(id)!, ...copyOf(progress) };
    this.data.runs.set(id, run);
    if (isFinished(run.state)) this.data.unfinished.delete(id);
    else this.data.unfinished.set(id, run);
  }

  private remove(id: string): void {
    this.data.runs.delete(id);
    this.data.unfinished.delete(id);
    this.data.cancelRequested.delete(id);
  }

  private unfinished(accepts: (run: Run) => boolean): Run[] {
    const found = [...this.data.unfinished.values()].filter(accepts).map(copyOf);
    return found.sort((a, b) => a.dueAt - b.dueAt);
  }
}

type Instants = Pick<LedgerEntry, 'from' | 'to'>;
const byInstants = (a: Instants, b: Instants): number => a.from - b.from || a.to - b.to;

const inTurns = (runs: Run[], turns: Turns | undefined): Run[] =>
  turns ? runs.filter((run) => hasTurn(run, turns)).sort(byOrganization) : runs;
