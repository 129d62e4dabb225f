import type { mongo } from 'mongoose';
import type { TaskState } from '../../domain/task.js';
import { type MinuteFigures, noTotals, type Totals } from '../../stats/figures.js';
import { type Backlog, StatsStore } from '../../stats/stats.store.js';
import type { FiguresDocument, MongoCollections } from './mongo-collections.js';
import { again, isCollision } from './mongo-errors.js';

interface BacklogGroup {
  _id: { own: boolean; state: 'pending' | 'running' | 'retrying'; due: boolean };
  count: number;
}

/** Keeps the figures of minutes, and counts, in MongoDB. */
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

  async totals(organization: string, from: number): Promise<Totals> {
    const sums = Object.fromEntries(Object.keys(noTotals()).map((name) => [name, { $sum: `$${name}` }] as const));
    const [found] = await this.figures
      .aggregate<Totals>([
        { $match: { organization, minute: { $gte: from } } },
        { $group: { _id: null, ...sums } },
        { $project: { _id: 0 } },
      ])
      .toArray();
    return found ?? noTotals();
  }

  async tasksByState(organization: string, limit: number): Promise<Record<TaskState, number>> {
    const count = (state: TaskState) => this.collections.tasks.countDocuments({ state, organization }, { limit });
    const [active, paused, completed] = await Promise.all([count('active'), count('paused'), count('completed')]);
    return { active, paused, completed };
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

  async purge(before: number, limit: number): Promise<number> {
    const old = this.figures.find({ minute: { $lt: before } }, { projection: { _id: 1 } }).sort({ minute: 1 });
    const ids = (await old.limit(limit).toArray()).map(({ _id }) => _id);
    return (await this.figures.deleteMany({ _id: { $in: ids } })).deletedCount;
  }
}
