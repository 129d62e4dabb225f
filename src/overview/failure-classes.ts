import { Injectable } from '@nestjs/common';
import { Turns } from '../clock/turns.js';
import { chunksOf } from '../domain/chunks.js';
import type { Task } from '../domain/task.js';
import { demandRange, type TimeRange } from '../domain/time-range.js';
import { RunReads, type RunFailure } from '../scheduling/ports/run.reads.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { fingerprintOf, wordsOf } from './fingerprint.js';
import { MendedFailures } from './mended.js';

/** How many failures one request looks at, the newest first. */
const MOST_LOOKED = 1000;
const PAGE = 200;
/** A read that finds few still looks at many runs. */
const MOST_PAGES = 10;
/** How many tasks are looked up. */
const MOST_TASKS = 200;
const AT_ONCE = 50;
const MOST_CLASSES = 100;
const MOST_NAMED = 10;
const MOST_SAMPLES = 5;
const MOST_OPEN = 50;

/** Which failures, by their nominal times. */
export interface FailureQuery extends TimeRange {
  taskId?: string | undefined;
  tag?: string | undefined;
  /** Only classes with failures that nothing has mended. */
  unmended?: boolean | undefined;
}

/** Failures that say the same. */
export interface FailureClass {
  fingerprint: string;
  code: string;
  /** The message of the newest. */
  message: string;
  status?: number;
  count: number;
  /** How many are not mended: no later run of the task succeeded, nor the run that retried it. */
  unmended: number;
  /** The tasks with the most of them. */
  tasks: { id: string; name: string; count: number }[];
  moreTasks: number;
  /** Nominal times, epoch ms. */
  firstAt: number;
  lastAt: number;
  /** The newest runs. */
  examples: FailedRun[];
  /** The newest runs that are not mended. */
  unmendedRuns: string[];
}

/** One of the failures. */
export interface FailedRun {
  id: string;
  taskId: string;
  name: string;
  scheduledFor: number;
  mended: boolean;
}

/** The classes of failures, the most frequent first. */
export interface FailureClasses {
  items: FailureClass[];
  /** How many failures were looked at, and whether there are more failures or classes. */
  looked: number;
  truncated: boolean;
}

/** Groups the failures of an organization by what they say. */
@Injectable()
export class FailureGroups {
  constructor(
    private readonly runs: RunReads,
    private readonly tasks: TaskReads,
    private readonly mended: MendedFailures,
    private readonly turns: Turns,
  ) {}

  /** @throws InvalidInputError for an empty range */
  async of(organization: string, query: FailureQuery): Promise<FailureClasses> {
    demandRange(query);
    const { failures, isAll } = await this.read(organization, query);
    const tasks = await this.tasksOf(organization, failures);
    const meant = failures.filter(({ taskId }) => isTagged(tasks.get(taskId), query.tag));
    const mended = await this.mended.among(organization, meant, tasks.keys());
    const classes = new Map<string, FailureClass>();
    for (const failure of meant) {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      count(classes, failure, mended.has(failure.id), tasks);
    }
    const all = [...classes.values()].filter(({ unmended }) => query.unmended !== true || unmended > 0);
    const items = all.sort((a, b) => b.count - a.count || b.lastAt - a.lastAt).slice(0, MOST_CLASSES);
    return { items: items.map(shortened), looked: failures.length, truncated: !isAll || all.length > MOST_CLASSES };
  }

  private async read(organization: string, { from, to, taskId }: FailureQuery) {
    const failures: RunFailure[] = [];
    let after: string | undefined;
    for (let pages = 0; failures.length < MOST_LOOKED && pages < MOST_PAGES; pages++) {
      const { items, next } = await this.runs.failures(organization, { from, to, taskId }, { after, limit: PAGE });
      failures.push(...items);
      if (next === null) return { failures, isAll: true };
      after = next;
    }
    return { failures, isAll: false };
  }

  private async tasksOf(organization: string, failures: readonly RunFailure[]): Promise<Map<string, Task>> {
    const ids = [...new Set(failures.map(({ taskId }) => taskId))].slice(0, MOST_TASKS);
    const tasks = new Map<string, Task>();
    for (const part of chunksOf(ids, AT_ONCE)) {
      for (const task of await this.tasks.byIds(part)) if (task.organization === organization) tasks.set(task.id, task);
    }
    return tasks;
  }
}

const isTagged = (task: Task | undefined, tag: string | undefined): boolean =>
  tag === undefined || (task?.definition.tags.includes(tag) ?? false);

function count(
  classes: Map<string, FailureClass>,
  failure: RunFailure,
  isMended: boolean,
  tasks: ReadonlyMap<string, Task>,
): void {
  const fingerprint = fingerprintOf(failure);
  const { id, taskId, scheduledFor, error } = failure;
  let known = classes.get(fingerprint);
  if (!known) {
    const begun = { count: 0, unmended: 0, tasks: [], moreTasks: 0, firstAt: scheduledFor, lastAt: scheduledFor };
    const status = error?.status === undefined ? {} : { status: error.status };
    known = { fingerprint, ...wordsOf(failure), ...status, ...begun, examples: [], unmendedRuns: [] };
    classes.set(fingerprint, known);
  }
  known.count++;
  if (!isMended) {
    known.unmended++;
    if (known.unmendedRuns.length < MOST_OPEN) known.unmendedRuns.push(id);
  }
  known.firstAt = Math.min(known.firstAt, scheduledFor);
  known.lastAt = Math.max(known.lastAt, scheduledFor);
  if (known.examples.length < MOST_SAMPLES) {
    known.examples.push({ id, taskId, name: nameOf(tasks.get(taskId)), scheduledFor, mended: isMended });
  }
  const task = known.tasks.find((each) => each.id === taskId);
  if (task) task.count++;
  else if (known.tasks.length < MOST_TASKS) known.tasks.push({ id: taskId, name: nameOf(tasks.get(taskId)), count: 1 });
}

const nameOf = (task: Task | undefined): string => task?.definition.name ?? '';

const shortened = ({ tasks, ...rest }: FailureClass): FailureClass => ({
  ...rest,
  tasks: tasks.sort((a, b) => b.count - a.count).slice(0, MOST_NAMED),
  moreTasks: Math.max(0, tasks.length - MOST_NAMED),
});
