import type { mongo } from 'mongoose';
import { DIRECT, MAKE_UPS, type Run } from '../../domain/run.js';
import type { Beside } from '../../scheduling/ports/run.store.js';
import { BEGUN, NOBODY, type RunDocument, toRun } from './run.document.js';
import { valuesIn } from './values-in.js';

type Runs = mongo.Collection<RunDocument>;

/** What a run carries is not read. */
const projection = { event: 0, output: 0, parameters: 0 };
const toLightRun = (document: RunDocument): Run => toRun({ ...document, event: null, output: null });

const byOthers = (owner: string) => ({ $gt: NOBODY, $ne: owner });

/** Those of the tasks of which another than the owner holds an unfinished run. */
export function tasksHeldBeside(runs: Runs, taskIds: readonly string[], owner: string): Promise<Set<string>> {
  return valuesIn(runs, 'taskId', { taskId: { $in: [...taskIds] }, holder: byOthers(owner) });
}

/** The runs of a task that others hold, of very many only the first ones of each holder. */
export async function runsBeside(runs: Runs, taskId: string, owner: string, beside: Beside): Promise<Run[]> {
  const held = { taskId, holder: byOthers(owner) };
  const all = await runs
    .find(held, { projection })
    .limit(beside.limit + 1)
    .toArray();
  if (all.length <= beside.limit) return all.map(toLightRun);
  const holders = await valuesIn(runs, 'holder', held);
  const found = await Promise.all([...holders].map((holder) => firstOf(runs, taskId, holder, beside)));
  return [...new Map(found.flat().map((run) => [run._id, run])).values()].map(toLightRun);
}

async function firstOf(
  runs: Runs,
  taskId: string,
  holder: string,
  { since, dueBy, limit }: Beside,
): Promise<RunDocument[]> {
  const first = (filter: mongo.Filter<RunDocument>, sort: mongo.Sort = {}) =>
    runs
      .find({ taskId, holder, ...filter }, { projection })
      .sort(sort)
      .limit(limit)
      .toArray();
  const waiting = (triggers: readonly Run['trigger'][], dueAt: mongo.Condition<number>) =>
    first({ trigger: { $in: triggers }, dueAt, state: 'pending' }, { dueAt: 1 });
  const parts = await Promise.all([
    // One by one: a list of states is not served by the index of what has begun.
    ...BEGUN.map((state) => first({ state })),
    first({ attempt: { $gt: 1 }, 'attempts.0': { $exists: true } }),
    waiting(DIRECT, { $lte: dueBy }),
    waiting(MAKE_UPS, { $lte: dueBy }),
    waiting([...DIRECT, ...MAKE_UPS], { $gt: since }),
  ]);
  return parts.flat();
}
