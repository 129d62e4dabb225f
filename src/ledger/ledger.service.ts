import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { TooBroadError } from '../domain/errors.js';
import { EARLIEST, LATEST } from '../domain/instants.js';
import type { LedgerEntry } from '../domain/ledger.js';
import type { FormerOutcome } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { DueRange } from '../scheduling/ports/task.reads.js';
import { RunReads, type MadeUp } from '../scheduling/ports/run.reads.js';
import { TasksService } from '../scheduling/tasks/tasks.service.js';
import type { TaskTimetables } from '../triggers/calendar-resolver.js';
import { untold } from '../scheduling/planning/accounting.js';
import { formerOutcomes, withoutMadeUp } from './made-up.js';
import { mergePage, type LedgerPosition, type Outcome } from './merge-page.js';
import { TaskTimes } from './task-times.js';

/** The part of a task's ledger to read: `from` inclusive, `to` exclusive, in epoch ms. */
export interface LedgerQuery {
  from?: number | undefined;
  to?: number | undefined;
  limit: number;
  after?: LedgerPosition | undefined;
}

/** A page of a ledger, oldest first, and where the next one continues; null at the end. */
export interface LedgerPage {
  items: Outcome[];
  next: LedgerPosition | null;
}

/** How many of a task's entries on either side of an instant are read to find the nearest. */
const AROUND = 20;

/** How many entries are read at once. */
const PAGE = 1000;
/** Among how many entries a range is looked up, and of how many backfilled instants in them. */
const MOST_ENTRIES = 20_000;
const MOST_MADE_UP = 20_000;
/** Of how many backfilled instants the entries of one of many tasks are cleared. */
const FEW_MADE_UP = 1000;

/** Reads the outcomes of a task's occurrences: its runs, and the stretches that did not run. */
@Injectable()
export class LedgerService {
  constructor(
    private readonly tasks: TasksService,
    private readonly runs: RunReads,
    private readonly times: TaskTimes,
    private readonly clock: Clock,
  ) {}

  /** The outcomes of a task in order of time. @throws NotFoundError */
  async list(organization: string, taskId: string, query: LedgerQuery): Promise<LedgerPage> {
    const task = await this.tasks.get(organization, taskId);
    const { from = EARLIEST, to = LATEST, limit, after } = query;
    // One more than the page holds, to see whether there is a next page.
    const range = { from, before: to, limit: limit + 1 };
    const [runs, told] = await Promise.all([
      this.runs.ofTask(organization, taskId, { ...range, after: after?.runId ?? undefined }),
      this.runs.ledger(organization, taskId, { ...range, after: after?.entry ?? undefined }),
    ]);
    const tail = (await this.untold(task)).filter(touching(from, to)).filter(later(after));
    const entries = [...told, ...tail].sort(byBeginning).slice(0, limit + 1);
    const { items, next } = mergePage(runs, entries, limit, after ?? null);
    return { items: await this.withoutMadeUp(task, items), next };
  }

  /** The former outcomes of a task's instants (epoch ms, ascending) that did not run, as far as the ledger has them. */
  async formerOutcomes(task: Task, instants: readonly number[]): Promise<Map<number, FormerOutcome>> {
    const [from, to] = [instants[0], instants.at(-1)];
    if (from === undefined || to === undefined) return new Map();
    const entries = await this.entries(task, from, to);
    return formerOutcomes(entries, await this.madeUpIn(task, entries), instants);
  }

  private async entries(task: Task, from: number, to: number): Promise<LedgerEntry[]> {
    const entries = (await this.untold(task)).filter(touching(from, to + 1));
    let after: LedgerEntry | undefined;
    do {
      if (entries.length > MOST_ENTRIES) throw new TooBroadError();
      const range = { from, before: to + 1, limit: PAGE, after };
      const page = await this.runs.ledger(task.organization, task.id, range);
      entries.push(...page);
      after = page.length < PAGE ? undefined : page.at(-1);
    } while (after);
    return entries;
  }

  private async madeUpIn({ organization, id }: Task, entries: readonly LedgerEntry[]): Promise<MadeUp[]> {
    if (entries.length === 0) return [];
    const first = Math.min(...entries.map(({ from }) => from));
    const last = Math.max(...entries.map(({ to }) => to));
    const madeUp = await this.runs.madeUp(organization, id, { from: first, to: last, limit: MOST_MADE_UP });
    if (!madeUp) throw new TooBroadError();
    return madeUp;
  }

  /** A run that a backfill has made since replaces the entry's occurrence. */
  private async withoutMadeUp(task: Task, items: Outcome[]): Promise<Outcome[]> {
    const madeUp = await this.madeUpIn(
      task,
      items.flatMap((item) => ('entry' in item ? [item.entry] : [])),
    );
    return items.flatMap((item): Outcome[] => {
      if ('run' in item) return [item];
      const entry = withoutMadeUp(item.entry, madeUp);
      return entry ? [{ entry }] : [];
    });
  }

  /** The entries of a task around an instant (epoch ms), including the nearest. */
  async around(task: Task, at: number): Promise<LedgerEntry[]> {
    const { organization, id } = task;
    const [before, after, tail] = await Promise.all([
      this.runs.ledgerBefore(organization, id, at + 1, AROUND),
      this.runs.ledger(organization, id, { from: at + 1, before: LATEST, limit: AROUND }),
      this.untold(task),
    ]);
    // An entry that spans the instant is in both lists.
    return [...before, ...after.filter(({ from }) => from > at), ...tail];
  }

  /**
   * The last entries of a task that begin before the instant `before` (epoch ms), latest first, without what a backfill has
   * run since. `timetables` are those of the task, null where its triggers are not known here.
   */
  async latest(task: Task, before: number, limit: number, timetables: TaskTimetables | null): Promise<LedgerEntry[]> {
    const told = await this.runs.ledgerBefore(task.organization, task.id, before, limit);
    const all = [...told, ...this.untoldBy(task, timetables).filter(({ from }) => from < before)];
    return this.leftOf(task, all.sort(byBeginning).reverse().slice(0, limit));
  }

  /** The first entries of a task that touch a range, in order of time; otherwise as `latest`. */
  async touching(task: Task, range: DueRange, timetables: TaskTimetables | null): Promise<LedgerEntry[]> {
    const told = await this.runs.ledger(task.organization, task.id, range);
    const tail = this.untoldBy(task, timetables).filter(touching(range.from, range.before));
    return this.leftOf(task, [...told, ...tail].sort(byBeginning).slice(0, range.limit));
  }

  /** Where very many instants were backfilled, the entries are as they were before. */
  private async leftOf({ organization, id }: Task, entries: LedgerEntry[]): Promise<LedgerEntry[]> {
    if (entries.length === 0) return [];
    const from = Math.min(...entries.map((entry) => entry.from));
    const to = Math.max(...entries.map((entry) => entry.to));
    const madeUp = (await this.runs.madeUp(organization, id, { from, to, limit: FEW_MADE_UP })) ?? [];
    return madeUp.length === 0 ? entries : entries.flatMap((entry) => withoutMadeUp(entry, madeUp) ?? []);
  }

  private async untold(task: Task): Promise<LedgerEntry[]> {
    return this.untoldBy(task, await this.times.of(task));
  }

  private untoldBy(task: Task, timetables: TaskTimetables | null): LedgerEntry[] {
    if (!timetables) return [];
    try {
      return untold(task, timetables, this.clock.now());
    } catch {
      // For a task whose triggers fail, only the stored entries are known.
      return [];
    }
  }
}

const touching = (from: number, before: number) => (entry: LedgerEntry) => entry.to >= from && entry.from < before;

/** An entry not yet written grows at its end, so its start tells whether it was shown. */
const later = (after: LedgerPosition | undefined) => (entry: LedgerEntry) =>
  !after?.entry || entry.from > after.entry.from;

const byBeginning = (a: LedgerEntry, b: LedgerEntry): number => a.from - b.from || a.to - b.to;
