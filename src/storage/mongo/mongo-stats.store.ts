import type { mongo } from 'mongoose';
import type { TaskState } from '../../domain/task.js';
import type { DueRange } from '../../scheduling/ports/task.reads.js';
import { LATENESS_BOUNDS, type MinuteFigures, type MinuteSums, noTotals, type Totals } from '../../stats/figures.js';
import { type Backlog, StatsStore, withEnding } from '../../stats/stats.store.js';
import type { FiguresDocument, MongoCollections } from './mongo-collections.js';
import { again, isCollision } from './mongo-errors.js';
import { countEnding } from './ending-tasks.js';
import { notSince } from './not-since.js';
import { purge } from './purge.js';

interface BacklogGroup {
  _id: { own: boolean; state: 'pending' | 'running' | 'retrying'; due: boolean };
  count: number;
}

const TOTALS = Object.keys(noTotals()) as (keyof Totals)[];
const SUMS = Object.fromEntries(TOTALS.map((name) => [name, { $sum: `$${name}` }] as const));
/** The starts of each class of lateness. */
const LATE = Object.fromEntries(
  Array.from({ length: LATENESS_BOUNDS.length + 1 }, (_, index) => [
    `late${index}`,
    { $sum: { $arrayElemAt: ['$lateness', index] } },
  ]),
);

/** Keeps figures per minute, and counts objects, in MongoDB. */
export class MongoStatsStore extends StatsStore {
  private readonly figures: mongo.Collection<FiguresDocument>;

  constructor(private readonly collections: MongoCollections) {
    super();
    this.figures = collections.figures;
  }

  async put(figures: readonly MinuteFigures[]): Promise<void> {
    if (figures.length === 0) return;
    const writes = figures.map((replacement) => {
      const { minute, instance, organization } = replacement;
      const filter = { _id: `${minute}:${instance}:${organization}` };
      return { replaceOne: { filter, replacement, upsert: true } };
    });
    await again(() => this.figures.bulkWrite(writes, { ordered: false }), isCollision);
  }

  minutes(organization: string, from: number): Promise<MinuteFigures[]> {
    return this.figures
      .find({ organization, minute: { $gte: from } })
      .sort({ minute: 1, instance: 1 })
      .map(({ _id, ...figures }) => figures)
      .toArray();
  }

  async sums(organization: string, { from, before, limit }: DueRange): Promise<MinuteSums[]> {
    const found = await this.figures
      .aggregate<{ _id: number; worstMs: number } & Record<string, number>>([
        { $match: { organization, minute: { $gte: from, $lt: before } } },
        { $group: { _id: '$minute', ...SUMS, ...LATE, worstMs: { $max: '$worstMs' } } },
        { $sort: { _id: 1 } },
        { $limit: limit },
      ])
      .toArray();
    return found.map((row) => ({
      minute: row._id,
      ...(Object.fromEntries(TOTALS.map((name) => [name, row[name]!])) as Totals),
      lateness: Object.keys(LATE).map((name) => row[name]!),
      worstMs: row.worstMs,
    }));
  }

  async totals(organization: string, from: number): Promise<Totals> {
    const [found] = await this.figures
      .aggregate<Totals>([
        { $match: { organization, minute: { $gte: from } } },
        { $group: { _id: null, ...SUMS } },
        { $project: { _id: 0 } },
      ])
      .toArray();
    return found ?? noTotals();
  }

  async tasksByState(organization: string, limit: number): Promise<Record<TaskState, number>> {
    const count = (state: TaskState) => this.collections.tasks.countDocuments({ state, organization }, { limit });
    const [active, paused, completed] = await Promise.all([count('active'), count('paused'), count('completed')]);
    if (completed === 0) return { active, paused, completed };
    return withEnding({ active, paused, completed }, await countEnding(this.collections, limit, organization), limit);
  }

  async backlog(organization: string, now: number, limit: number): Promise<Backlog> {
    const own = { $eq: ['$organization', { $literal: organization }] };
    const groups = await this.collections.runs
      .aggregate<BacklogGroup>([
        { $match: { holder: { $exists: true } } },
        { $limit: limit },
        { $group: { _id: { own, state: '$state', due: { $lte: ['$dueAt', now] } }, count: { $sum: 1 } } },
      ])
      .toArray();
    const sum = (counted: (group: BacklogGroup['_id']) => boolean) =>
      groups.filter(({ _id }) => counted(_id)).reduce((total, { count }) => total + count, 0);
    return {
      waiting: sum((group) => group.own && group.state === 'pending' && group.due),
      armed: sum((group) => group.own && group.state === 'pending' && !group.due),
      running: sum((group) => group.own && group.state === 'running'),
      retrying: sum((group) => group.own && group.state === 'retrying'),
      truncated: sum(() => true) >= limit,
    };
  }

  purge(before: number, limit: number): Promise<number> {
    return purge(this.figures, { minute: notSince(before) }, 'minute', limit);
  }
}
