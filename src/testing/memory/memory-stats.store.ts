import type { TaskState } from '../../domain/task.js';
import type { DueRange } from '../../scheduling/ports/task.reads.js';
import { type MinuteFigures, type MinuteSums, noTotals, type Totals } from '../../stats/figures.js';
import { type Backlog, StatsStore } from '../../stats/stats.store.js';
import { countByState } from './count-by-state.js';
import { copyOf, keyOf, type MemoryData, purge } from './memory-data.js';

/** Keeps the figures per minute, and the counts, in memory. */
export class MemoryStatsStore extends StatsStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async put(figures: readonly MinuteFigures[]): Promise<void> {
    for (const one of figures) {
      this.data.figures.set(keyOf(one.organization, String(one.minute), one.instance), copyOf(one));
    }
    return Promise.resolve();
  }

  async minutes(organization: string, from: number): Promise<MinuteFigures[]> {
    return Promise.resolve(copyOf(this.since(organization, from)));
  }

  async sums(organization: string, { from, before, limit }: DueRange): Promise<MinuteSums[]> {
    const minutes = new Map<number, MinuteSums>();
    for (const { organization: _, instance: __, ...figures } of this.since(organization, from)) {
      if (figures.minute >= before) continue;
      const known = minutes.get(figures.minute);
      minutes.set(figures.minute, known ? added(known, figures) : copyOf(figures));
    }
    return Promise.resolve([...minutes.values()].slice(0, limit));
  }

  async totals(organization: string, from: number): Promise<Totals> {
    const sums = noTotals();
    for (const figures of this.since(organization, from)) {
      for (const name of Object.keys(sums) as (keyof Totals)[]) sums[name] += figures[name];
    }
    return Promise.resolve(sums);
  }

  async tasksByState(organization: string, limit: number): Promise<Record<TaskState, number>> {
    const own = [...this.data.tasks.values()].filter((task) => task.organization === organization);
    return Promise.resolve(countByState(own, [...this.data.unfinished.values()], limit));
  }

  async backlog(organization: string, now: number, limit: number): Promise<Backlog> {
    const looked = [...this.data.unfinished.values()].slice(0, limit);
    const own = looked.filter((run) => run.organization === organization);
    const pending = own.filter(({ state }) => state === 'pending');
    const waiting = pending.filter(({ dueAt }) => dueAt <= now).length;
    return Promise.resolve({
      waiting,
      armed: pending.length - waiting,
      running: own.filter(({ state }) => state === 'running').length,
      retrying: own.filter(({ state }) => state === 'retrying').length,
      truncated: looked.length >= limit,
    });
  }

  async purge(before: number, limit: number): Promise<number> {
    return Promise.resolve(purge(this.data.figures, ({ minute }) => minute < before, limit));
  }

  private since(organization: string, from: number): MinuteFigures[] {
    const own = [...this.data.figures.values()].filter(
      (one) => one.organization === organization && one.minute >= from,
    );
    return own.sort((a, b) => a.minute - b.minute);
  }
}

function added(sum: MinuteSums, figures: MinuteSums): MinuteSums {
  for (const name of Object.keys(noTotals()) as (keyof Totals)[]) sum[name] += figures[name];
  const lateness = sum.lateness.map((count, index) => count + (figures.lateness[index] ?? 0));
  return { ...sum, lateness, worstMs: Math.max(sum.worstMs, figures.worstMs) };
}
