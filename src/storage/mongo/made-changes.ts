import type { LedgerProof, RunProof, TaskProof, Told } from '../../domain/telling.js';
import { isObject } from '../shape.js';
import { ledgerId } from './ledger.document.js';
import type { MongoCollections } from './mongo-collections.js';
import type { RunDocument } from './run.document.js';

/** Runs are kept for a day at least: of one that is not there after that, nobody can tell any more. */
const KEPT_MS = 23 * 3_600_000;

type Message = Told & { at: number };
type StoredRun = Partial<Pick<RunDocument, 'state' | 'attempt' | 'attempts' | 'finishedAt' | 'insteadOf'>>;

/** Finds out which of the changes that were announced were made: a message is stored before the change that it reports. */
export class MadeChanges {
  constructor(private readonly collections: Pick<MongoCollections, 'runs' | 'tasks' | 'ledger'>) {}

  /** The messages whose changes were made, as of `now` (epoch ms). */
  async among(messages: readonly Message[], now: number): Promise<Set<Message>> {
    const [runs, tasks, entries] = await Promise.all([
      this.runsOf(messages.filter(({ run }) => run !== undefined)),
      this.tasksOf(messages.filter(({ task }) => task !== undefined)),
      this.entriesOf(messages.filter(({ ledger }) => ledger !== undefined)),
    ]);
    const isMade = ({ subject, run, task, ledger, at }: Message): boolean => {
      if (subject === null) return true;
      if (run) return isRunMade(run, runs.get(subject), now - at > KEPT_MS);
      if (ledger) return entries.has(entryId(subject, ledger)) || now - at > KEPT_MS;
      return task === undefined || isTaskMade(task, tasks.get(subject));
    };
    return new Set(messages.filter(isMade));
  }

  private async runsOf(messages: readonly Message[]): Promise<Map<string, StoredRun>> {
    const ids = subjectsOf(messages);
    if (ids.length === 0) return new Map();
    const projection = { state: 1, attempt: 1, 'attempts.number': 1, finishedAt: 1, insteadOf: 1 };
    const found = await this.collections.runs.find({ _id: { $in: ids } }, { projection }).toArray();
    return new Map(found.map((run) => [run._id, run]));
  }

  private async tasksOf(messages: readonly Message[]): Promise<Map<string, number>> {
    const ids = subjectsOf(messages);
    if (ids.length === 0) return new Map();
    const found = await this.collections.tasks.find({ _id: { $in: ids } }, { projection: { generation: 1 } }).toArray();
    return new Map(found.map(({ _id, generation }) => [_id, generation]));
  }

  /** The ids of those of the messages' ledger entries that exist, in the ledger or on their way there in their task. */
  private async entriesOf(messages: readonly Message[]): Promise<Set<string>> {
    if (messages.length === 0) return new Set();
    const ids = messages.map(({ subject, ledger }) => entryId(subject!, ledger!));
    // First the tasks: an entry leaves its task for the ledger.
    const tasks = await this.collections.tasks
      .find({ _id: { $in: subjectsOf(messages) } }, { projection: { 'outbox.entries._id': 1 } })
      .toArray();
    const named = { _id: { $in: ids }, taskId: { $in: subjectsOf(messages) } };
    const stored = await this.collections.ledger.find(named, { projection: { _id: 1 } }).toArray();
    // What stands in a task may be anything.
    const waiting = tasks.flatMap(({ outbox }): unknown[] => (Array.isArray(outbox?.entries) ? outbox.entries : []));
    return new Set([...stored, ...waiting.filter(isObject)].map(({ _id }) => _id as string));
  }
}

const entryId = (taskId: string, { from, to, outcome }: LedgerProof): string => ledgerId({ taskId, from, to, outcome });

const subjectsOf = (messages: readonly Message[]): string[] => [
  ...new Set(messages.flatMap(({ subject }) => subject ?? [])),
];

function isRunMade({ attempt, end }: RunProof, run: StoredRun | undefined, isOld: boolean): boolean {
  if (!run) return isOld;
  if (end) return (run.state === end.state && run.finishedAt === end.at) || run.insteadOf?.outcome === end.state;
  const ended = Array.isArray(run.attempts) && run.attempts.some(({ number }) => number === attempt);
  return ended || (run.attempt ?? 0) > attempt || (run.attempt === attempt && run.state === 'running');
}

function isTaskMade({ generation, is }: TaskProof, stored: number | undefined): boolean {
  if (is === 'gone') return stored === undefined;
  return stored === undefined ? is !== 'there' : stored >= generation;
}
