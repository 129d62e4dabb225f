import { Injectable } from '@nestjs/common';
import { FreshReads } from '../batching/fresh-reads.js';
import { Clock } from '../clock/clock.js';
import { DEFAULT_QUEUE } from '../domain/queue.js';
import type { Task } from '../domain/task.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { newestTasks } from './newest-tasks.js';

/** How many tasks are counted, the newest first, and how old the counts may be (ms): they cost one look in that time. */
export const MOST_COUNTED = 2000;
const FRESH_MS = 5000;
/** How many values of each kind are told. */
export const MOST_VALUES = 100;

/** How many of the tasks have a value. */
export interface Facet {
  value: string;
  count: number;
}

export const FACETS = ['states', 'tags', 'queues', 'zones', 'triggerTypes', 'actions'] as const;
type FacetName = (typeof FACETS)[number];

/** What an organization's tasks have, the most frequent first. */
export interface TaskFacets extends Record<FacetName, Facet[]> {
  /** How many tasks were counted, and whether there are more tasks or values. */
  looked: number;
  truncated: boolean;
}

/** Counts what the tasks of an organization can be narrowed to; the cost does not grow with their number. */
@Injectable()
export class TaskFacetsService {
  private readonly fresh: FreshReads<TaskFacets>;

  constructor(
    private readonly tasks: TaskReads,
    clock: Clock,
  ) {
    this.fresh = new FreshReads(clock, FRESH_MS, (organization) => this.count(organization));
  }

  /** A few seconds old at most. @throws StoreUnavailableError */
  of(organization: string): Promise<TaskFacets> {
    return this.fresh.get(organization);
  }

  private async count(organization: string): Promise<TaskFacets> {
    const counts = new Map(FACETS.map((name) => [name, new Map<string, number>()]));
    let [looked, isAll] = [0, false];
    for await (const { items, next } of newestTasks(this.tasks, organization, MOST_COUNTED)) {
      for (const task of items) add(counts, task);
      looked += items.length;
      isAll = next === null;
    }
    const told = FACETS.map((name) => [name, mostFrequent(counts.get(name)!)] as const);
    const hasAll = isAll && [...counts.values()].every(({ size }) => size <= MOST_VALUES);
    return { ...(Object.fromEntries(told) as Record<FacetName, Facet[]>), looked, truncated: !hasAll };
  }
}

function add(counts: ReadonlyMap<FacetName, Map<string, number>>, task: Task): void {
  const { tags, triggers, action } = task.definition;
  const values: Record<FacetName, readonly string[]> = {
    states: [task.state],
    tags,
    queues: [task.definition.queue ?? DEFAULT_QUEUE],
    zones: triggers.flatMap((trigger) =>
      'timeZone' in trigger && typeof trigger.timeZone === 'string' ? [trigger.timeZone] : [],
    ),
    triggerTypes: triggers.map(({ type }) => type),
    actions: [action.type],
  };
  for (const name of FACETS) {
    const known = counts.get(name)!;
    for (const value of new Set(values[name])) known.set(value, (known.get(value) ?? 0) + 1);
  }
}

const mostFrequent = (counts: ReadonlyMap<string, number>): Facet[] =>
  [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, MOST_VALUES);
