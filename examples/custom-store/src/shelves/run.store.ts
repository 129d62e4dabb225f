import {
  isAccepted,
  type Beside,
  type Claim,
  type ClaimResult,
  type DueRange,
  type FailedRuns,
  firstIdAt,
  hasBegun,
  type Heartbeat,
  isExcluded,
  isFinished,
  isInPart,
  isListed,
  isMakeUp,
  type LedgerEntry,
  type LedgerRange,
  type Listing,
  listingOf,
  type MadeUp,
  type MadeUpRange,
  type OldRuns,
  type OpenedRun,
  type PurgedKind,
  type Page,
  type QueuedRuns,
  queueOf,
  type Reach,
  type Run,
  type RunChange,
  type RunFailure,
  type RunFilter,
  type RunOfEvent,
  type RunOutline,
  type RunRange,
  type RunState,
  RunStore,
  type StoredNeed,
  type Telling,
  type Turns,
} from 'scheduled-task-runner/store';
import { putTellings } from './outbox.store.js';
import { openClaim, put } from './claims.js';
import { byOrganization, copyOf, descending, hasTurn, keyOf, purge, type ShelfData } from './data.js';

const isOfAnother = (run: Run, owner: string): boolean => run.owner !== null && run.owner !== owner;

/** Keeps the runs and the ledger in memory. */
export class ShelfRunStore extends RunStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async open(claims: readonly Claim[], tellings?: readonly Telling[]): Promise<ClaimResult[]> {
    const results = claims.map((claim) => openClaim(this.data, claim));
    const moved = new Set(claims.filter((_, index) => results[index] !== 'stale').map(({ taskId }) => taskId));
    putTellings(this.data, tellings, (taskId) => moved.has(taskId));
    return results;
  }

  async insert(runs: readonly Run[], tellings?: readonly Telling[]): Promise<Set<string>> {
    const known = new Set(runs.filter(({ id }) => this.data.runs.has(id)).map(({ id }) => id));
    const fresh = new Set(runs.filter(({ id }) => !known.has(id)).map(({ id }) => id));
    for (const run of runs) if (!this.data.runs.has(run.id)) put(this.data, run);
    putTellings(this.data, tellings, (id) => fresh.has(id));
    return known;
  }

  async makeUp(runs: readonly Run[]): Promise<Set<string>> {
    for (const { id } of runs) {
      const { state, attempts } = this.data.runs.get(id) ?? { state: 'pending', attempts: [] };
      if ((state === 'skipped' || state === 'missed') && attempts.length === 0) this.remove(id);
    }
    return this.insert(runs);
  }

  async update(changes: readonly RunChange[], tellings?: readonly Telling[]): Promise<Set<string>> {
    const applied = changes.filter((change) => this.accepts(change));
    for (const { id, progress } of applied) this.progress(id, progress);
    const ids = new Set(applied.map(({ id }) => id));
    putTellings(this.data, tellings, (id) => ids.has(id));
    return ids;
  }

  async withdraw(runs: readonly OpenedRun[]): Promise<Set<string>> {
    const withdrawn = runs.filter(({ id, owner, attempt, generation }) => {
      const stored = this.data.unfinished.get(id);
      const isHeld = stored?.owner === owner && stored.attempt === attempt;
      return isHeld && stored.startedAt === null && stored.generation === generation;
    });
    for (const { id } of withdrawn) this.remove(id);
    return new Set(withdrawn.map(({ id }) => id));
  }

  async get(organization: string, id: string): Promise<Run | null> {
    const run = this.data.runs.get(id);
    return run?.organization === organization ? copyOf(run) : null;
  }

  async list(organization: string, filter: RunFilter, { after, limit }: Page): Promise<Listing<Run>> {
    const found = [...this.data.runs.values()]
      .filter((run) => run.organization === organization && isListed(run, filter))
      .sort(descending);
    if (filter.oldestFirst === true) found.reverse();
    const isAhead = ({ id }: Run) => after === undefined || (filter.oldestFirst === true ? id > after : id < after);
    return listingOf(found.filter(isAhead).map(copyOf), limit, ({ id }) => id);
  }

  async requestCancel(organization: string, id: string): Promise<boolean> {
    const isThere = this.data.unfinished.get(id)?.organization === organization;
    if (isThere) this.data.cancelRequested.add(id);
    return isThere;
  }

  async heartbeat(organization: string, id: string, heartbeat: Heartbeat): Promise<boolean> {
    const run = this.data.unfinished.get(id);
    const isCurrent = run?.organization === organization && run.attempt === heartbeat.attempt;
    if (isCurrent) run.heartbeat = copyOf(heartbeat);
    return isCurrent;
  }

  async ledger(organization: string, taskId: string, range: LedgerRange): Promise<LedgerEntry[]> {
    const { from, before, after, limit } = range;
    const entries = this.data
      .ledgerOf(taskId)
      .filter((entry) => entry.organization === organization && entry.to >= from && entry.from < before)
      .filter((entry) => after === undefined || byInstants(entry, after) > 0);
    return copyOf(entries.sort(byInstants).slice(0, limit));
  }

  async ledgerBefore(organization: string, taskId: string, before: number, limit: number): Promise<LedgerEntry[]> {
    const entries = this.data
      .ledgerOf(taskId)
      .filter((entry) => entry.organization === organization && entry.from < before);
    return copyOf(entries.sort((a, b) => byInstants(b, a)).slice(0, limit));
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
    return found.sort(descending).reverse().slice(0, limit).map(copyOf);
  }

  async outlines(
    organization: string,
    taskIds: readonly string[],
    { from, before, limit }: DueRange,
  ): Promise<RunOutline[]> {
    const wanted = new Set(taskIds);
    const left = new Map([...wanted].map((taskId) => [taskId, limit]));
    const found = [...this.data.runs.values()].filter(
      (run) =>
        run.organization === organization &&
        wanted.has(run.taskId) &&
        run.id >= firstIdAt(from) &&
        run.id < firstIdAt(before),
    );
    const last = found.sort(descending).filter(({ taskId }) => {
      const room = left.get(taskId)!;
      left.set(taskId, room - 1);
      return room > 0;
    });
    return last.map(({ id, taskId, trigger, scheduledFor, state, startedAt, finishedAt, latenessMs }) => ({
      ...{ id, taskId, trigger, scheduledFor, state, startedAt, finishedAt, latenessMs },
    }));
  }

  async byIds(organization: string, ids: readonly string[]): Promise<Run[]> {
    const found = ids.flatMap((id) => this.data.runs.get(id) ?? []);
    return copyOf(found.filter((run) => run.organization === organization));
  }

  async statesOf(organization: string, ids: readonly string[]): Promise<Map<string, RunState>> {
    const found = await this.byIds(organization, ids);
    return new Map(found.map(({ id, state }) => [id, state]));
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
    return found.sort(descending).reverse().slice(0, limit).map(copyOf);
  }

  async failures(
    organization: string,
    { taskId, from = -Infinity, to = Infinity }: Pick<RunFilter, 'taskId' | 'from' | 'to'>,
    { after, limit }: Page,
  ): Promise<Listing<RunFailure>> {
    const found = [...this.data.runs.values()].filter(
      (run) =>
        run.organization === organization &&
        (run.state === 'failed' || run.state === 'timed_out') &&
        (taskId === undefined || run.taskId === taskId) &&
        run.scheduledFor >= from &&
        run.scheduledFor < to &&
        (after === undefined || run.id < after),
    );
    const failures = found
      .sort(descending)
      .map(({ id, taskId: task, scheduledFor, finishedAt, state, reason, attempts }) => ({
        ...{ id, taskId: task, scheduledFor, finishedAt, state, reason, error: attempts.at(-1)?.error ?? null },
      }));
    return listingOf(failures, limit, ({ id }) => id);
  }

  async madeUp(organization: string, taskId: string, { from, to, limit }: MadeUpRange): Promise<MadeUp[] | null> {
    const found = [...this.data.runs.values()].filter(
      (run) =>
        run.trigger === 'backfill' &&
        run.organization === organization &&
        run.taskId === taskId &&
        run.scheduledFor >= from &&
        run.scheduledFor <= to,
    );
    if (found.length > limit) return null;
    return found.flatMap(({ scheduledFor, insteadOf }) =>
      insteadOf ? [{ scheduledFor, insteadOf: copyOf(insteadOf) }] : [],
    );
  }

  async cancelRequests(owner: string): Promise<string[]> {
    return [...this.data.cancelRequested].filter((id) => this.data.unfinished.get(id)?.owner === owner);
  }

  async lastBackfillDue(organization: string, taskId: string): Promise<number | null> {
    const isMeant = (run: Run) =>
      run.organization === organization && run.taskId === taskId && run.trigger === 'backfill';
    const due = this.unfinished(isMeant).map(({ dueAt }) => dueAt);
    return due.length > 0 ? Math.max(...due) : null;
  }

  async ofEvents(organization: string, receivedAt: number, { after = '', limit }: Page): Promise<RunOfEvent[]> {
    const found = [...this.data.runs.values()].filter(
      (run) =>
        run.organization === organization &&
        run.trigger === 'event' &&
        run.id >= firstIdAt(receivedAt) &&
        run.id < firstIdAt(receivedAt + 1) &&
        run.id > after,
    );
    const first = found.sort(descending).reverse().slice(0, limit);
    return first.map(({ id, taskId, state, reason, event }) => ({
      ...{ id, taskId, state, reason },
      descendants: event?.descendants ?? null,
    }));
  }

  async unfinishedOf(taskIds: readonly string[], limit: number): Promise<Run[]> {
    const wanted = new Set(taskIds);
    return this.unfinished((run) => wanted.has(run.taskId)).slice(0, limit);
  }

  async heldElsewhere(taskIds: readonly string[], owner: string): Promise<Set<string>> {
    const wanted = new Set(taskIds);
    const held = this.unfinished((run) => wanted.has(run.taskId) && isOfAnother(run, owner));
    return new Set(held.map(({ taskId }) => taskId));
  }

  async heldBeside(taskId: string, owner: string, { since, dueBy, limit }: Beside): Promise<Run[]> {
    const all = this.unfinished((run) => run.taskId === taskId && isOfAnother(run, owner));
    const light = all.map(({ parameters: _, ...run }): Run => ({ ...run, event: null, output: null }));
    if (light.length <= limit) return light;
    const found = new Set<Run>();
    for (const holder of new Set(light.map((run) => run.owner))) {
      const held = light.filter((run) => run.owner === holder).sort((a, b) => a.dueAt - b.dueAt);
      const waiting = held.filter(({ state }) => state === 'pending');
      const parts = [
        held.filter(hasBegun),
        waiting.filter((run) => run.dueAt <= dueBy && !isMakeUp(run)),
        waiting.filter((run) => run.dueAt <= dueBy && isMakeUp(run)),
        waiting.filter(({ dueAt }) => dueAt > since),
      ];
      for (const part of parts) for (const run of part.slice(0, limit)) found.add(run);
    }
    return [...found];
  }

  async lastEnded(organization: string, taskId: string, generation: number, limit: number): Promise<Run[]> {
    const ended = [...this.data.runs.values()].filter(
      (run) =>
        run.organization === organization &&
        run.taskId === taskId &&
        run.generation === generation &&
        ['succeeded', 'failed', 'timed_out'].includes(run.state),
    );
    return ended.sort(descending).slice(0, limit).map(copyOf);
  }

  async owners(): Promise<string[]> {
    const owners = [...this.data.unfinished.values()].flatMap(({ owner }) => owner ?? []);
    return [...new Set(owners)];
  }

  async heldBy(owners: readonly string[], limit: number, turns?: Turns, reach?: Reach): Promise<Run[]> {
    const held = this.unfinished((run) => run.owner !== null && owners.includes(run.owner) && isAmong(run, reach));
    return inTurns(held, turns).slice(0, limit);
  }

  async ownedAfter(owner: string, after: string, limit: number): Promise<Run[]> {
    const held = this.unfinished((run) => run.owner === owner && run.id > after);
    return held.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  }

  async unowned(before: number, limit: number, turns?: Turns, reach?: Reach): Promise<Run[]> {
    const unowned = this.unfinished((run) => run.owner === null && run.dueAt < before && isAmong(run, reach));
    return inTurns(unowned, turns).slice(0, limit);
  }

  async queues(organization: string, now: number, limit: number): Promise<QueuedRuns[]> {
    const runs = this.unfinished((run) => run.organization === organization).slice(0, limit);
    const counts = new Map<string, QueuedRuns>();
    for (const run of runs.filter(({ state, dueAt }) => state === 'running' || dueAt <= now)) {
      const queue = queueOf(run);
      const known = counts.get(queue) ?? { queue, waiting: 0, running: 0, oldest: null };
      if (run.state === 'running') known.running++;
      else {
        known.waiting++;
        known.oldest = Math.min(known.oldest ?? run.dueAt, run.dueAt);
      }
      counts.set(queue, known);
    }
    return [...counts.values()];
  }

  async setNeed(taskId: string, need: StoredNeed): Promise<void> {
    for (const run of this.unfinished((each) => each.taskId === taskId)) {
      const { queue: _queue, skill: _skill, ...rest } = run;
      const renewed = { ...rest, ...need };
      this.data.runs.set(run.id, renewed);
      this.data.unfinished.set(run.id, renewed);
    }
  }

  async waiting(before: number, limit: number, except: readonly string[] = []): Promise<Run[]> {
    const isWaiting = ({ state, dueAt, organization }: Run) =>
      state !== 'running' && dueAt < before && !except.includes(organization);
    return this.unfinished(isWaiting).slice(0, limit);
  }

  async underWayAmong(taskIds: readonly string[]): Promise<Set<string>> {
    const own = this.unfinished(({ trigger, taskId }) => trigger === 'schedule' && taskIds.includes(taskId));
    return new Set(own.map(({ taskId }) => taskId));
  }

  async busyAmong(taskIds: readonly string[]): Promise<Set<string>> {
    const busy = this.unfinished(({ state, taskId }) => state !== 'pending' && taskIds.includes(taskId));
    return new Set(busy.map(({ taskId }) => taskId));
  }

  async purge(before: number, limit: number): Promise<number> {
    const isOld = (run: Run) => isFinished(run.state) && run.finishedAt !== null && run.finishedAt < before;
    const logged = [...this.data.runs.values()].filter(isOld).slice(0, limit);
    for (const { organization, id } of logged) this.data.logs.delete(keyOf(organization, id));
    return purge(this.data.runs, isOld, limit);
  }

  async purgeKind({ organization, failed, before, after }: OldRuns, limit: number): Promise<PurgedKind> {
    const page = [...this.data.runs.values()]
      .filter((run) => run.id > after && (organization === undefined || run.organization === organization))
      .filter((run) => run.scheduledFor < before)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit);
    const old = page.filter(
      ({ state, finishedAt }) =>
        isFinished(state) &&
        finishedAt !== null &&
        finishedAt < before &&
        (state === 'failed' || state === 'timed_out') === failed,
    );
    for (const { organization: whose, id } of old) {
      this.data.logs.delete(keyOf(whose, id));
      this.data.runs.delete(id);
    }
    return { removed: old.length, looked: page.length, last: page.at(-1)?.id ?? after };
  }

  async purgeLedger(before: number, limit: number): Promise<number> {
    return this.data.purgeLedger(before, limit);
  }

  private accepts(change: RunChange): boolean {
    const run = this.data.unfinished.get(change.id);
    return run !== undefined && isAccepted(change, run);
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

const isAmong = (run: Run, { parts, without = [] }: Reach = {}): boolean =>
  (parts === undefined || parts.some((part) => isInPart(part, run))) && !isExcluded(without, run.organization, run);

const inTurns = (runs: Run[], turns: Turns | undefined): Run[] =>
  turns ? runs.filter((run) => hasTurn(run, turns)).sort(byOrganization) : runs;
