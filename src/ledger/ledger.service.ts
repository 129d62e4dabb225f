import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { EARLIEST, LATEST } from '../domain/instants.js';
import type { LedgerEntry } from '../domain/ledger.js';
import type { FormerOutcome } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { RunReads, type MadeUp } from '../scheduling/run.reads.js';
import { TasksService } from '../scheduling/tasks.service.js';
import { untold } from './accounting.js';
import { formerOutcomes, withoutMadeUp } from './made-up.js';
import { mergePage, type LedgerPosition, type Outcome } from './merge-page.js';
import { TaskTimes } from './task-times.js';

/** Which part of a task's ledger is read: `from` inclusive, `to` exclusive, in epoch ms. */
export interface LedgerQuery {
  from?: number | undefined;
  to?: number | undefined;
  limit: number;
  after?: LedgerPosition | undefined;
}

/** A page of a ledger, oldest first, and where the next one goes on; null at the end. */
export interface LedgerPage {
  items: Outcome[];
  next: LedgerPosition | null;
}

/** How many of a task's entries to either side of an instant are looked at to find the nearest. */
const AROUND = 20;

/** How many entries are read at once. */
const PAGE = 1000;

/** Reads what became of a task's occurrences: its runs, and the stretches that did not run. */
@Injectable()
export class LedgerService {
  constructor(
    private readonly tasks: TasksService,
    private readonly runs: RunReads,
    private readonly times: TaskTimes,
    private readonly clock: Clock,
  ) {}

  /** The outcomes of a task in the order of time. @throws NotFoundError */
  async list(organization: string, taskId: string, query: LedgerQuery): Promise<LedgerPage> {
    const task = await this.tasks.get(organization, taskId);
    const { from = EARLIEST, to = LATEST, limit, after } = query;
    // One more than the page holds tells whether there is a next page.
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

  /** What had become of instants of the task (epoch ms, ascending) that did not run, where the ledger tells of them. */
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
    return this.runs.madeUp(organization, id, first, last);
  }

  /** What a backfill has run since is told by its run. */
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

  /** The entries of a task around an instant (epoch ms), among which the nearest is. */
  async around(task: Task, at: number): Promise<LedgerEntry[]> {
    const { organization, id } = task;
    const [before, after, tail] = await Promise.all([
      this.runs.ledgerBefore(organization, id, at + 1, AROUND),
      this.runs.ledger(organization, id, { from: at + 1, before: LATEST, limit: AROUND }),
      this.untold(task),
    ]);
    // What reaches over the instant is on both sides.
    return [...before, ...after.filter(({ from }) => from > at), ...tail];
  }

  private async untold(task: Task): Promise<LedgerEntry[]> {
    const timetables = await this.times.of(task);
    if (!timetables) return [];
    try {
      return untold(task, timetables, this.clock.now());
    } catch {
      // Of a task whose triggers fail nobody can say more than what is written.
      return [];
    }
  }
}

const touching = (from: number, before: number) => (entry: LedgerEntry) => entry.to >= from && entry.from < before;

/** What is not written yet grows at its end, so that its beginning says whether it was shown. */
const later = (after: LedgerPosition | undefined) => (entry: LedgerEntry) =>
  !after?.entry || entry.from > after.entry.from;

const byBeginning = (a: LedgerEntry, b: LedgerEntry): number => a.from - b.from || a.to - b.to;
