import { Inject, Injectable, Logger } from '@nestjs/common';
import { currentActor } from '../../audit/actor.js';
import { AuditRecorder, type Change } from '../../audit/audit-recorder.js';
import { taskView } from '../../audit/differences.js';
import { company, GroupCommit } from '../../batching/group-commit.js';
import { isolated } from '../../batching/isolated.js';
import { Presence } from '../../cluster/presence.js';
import { Clock } from '../../clock/clock.js';
import { Turns } from '../../clock/turns.js';
import { chunksOf } from '../../domain/chunks.js';
import {
  InvalidInputError,
  NotFoundError,
  QuotaExceededError,
  StateConflictError,
  StoreUnavailableError,
  type Fault,
} from '../../domain/errors.js';
import { derivedId, newId, timeOfId } from '../../domain/ids.js';
import { makerOf } from '../../domain/makers.js';
import type { Task } from '../../domain/task.js';
import { messageOf } from '../../domain/thrown.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../../options.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { newTask } from '../planning/task-changes.js';
import { demandTaskSize } from '../planning/task-size.js';
import { TaskStore } from '../ports/task.store.js';
import { ChainCycles } from '../../events/chains/chain-cycles.js';
import { DefinitionCheck, withTimetable, type Timetables } from './definition-check.js';
import { Revocation } from './revocation.js';
import { TaskInputReader } from './task-input.js';
import { TaskQuota } from './task-quota.js';

const LARGEST_BATCH = 1000;
/** How many tasks of a request are stored at once: the work on them between two awaits must not take long. */
const PART = 250;

/**
 * The result of an input: the created task, or the one that an earlier request created (`isKnown`), or why there is
 * none; `unforeseen` when the input is not at fault.
 */
export type Creation = { task: Task; isKnown?: true } | { faults: Fault[]; unforeseen?: true };

/** Creates tasks, one at a time or many. */
@Injectable()
export class TaskCreation {
  private readonly inserts: GroupCommit<Task, 'stored' | 'known' | QuotaExceededError>;
  private readonly logger = new Logger(TaskCreation.name);

  constructor(
    private readonly store: TaskStore,
    private readonly reader: TaskInputReader,
    private readonly check: DefinitionCheck,
    private readonly secrets: SecretsService,
    private readonly revocation: Revocation,
    private readonly quota: TaskQuota,
    private readonly cycles: ChainCycles,
    private readonly events: LifecycleEvents,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
    private readonly turns: Turns,
    presence: Presence,
    @Inject(ENGINE_SETTINGS) { batchMs }: Pick<EngineSettings, 'batchMs'>,
    @Inject(RUNNER_OPTIONS) private readonly options: Pick<ResolvedOptions, 'limits'>,
  ) {
    this.inserts = new GroupCommit((tasks) => this.insert(tasks), {
      limit: LARGEST_BATCH,
      pace: presence.pace(),
      partyOf: ({ organization }) => organization,
      ...company(clock, batchMs),
    });
  }

  /**
   * Stores a new task. If a task with this `id` exists, it is returned as it is.
   * @throws InvalidInputError, QuotaExceededError
   */
  async create(organization: string, input: unknown, options: { id?: string } = {}): Promise<Task> {
    const task = await this.build(organization, input, this.check.timetablesAsNeeded(organization), options.id);
    const result = await this.cycles.writeOne(task, () => this.inserts.add(task));
    if (result === 'stored') {
      this.created(task);
      await this.audit.record(creationOf(task));
      return task;
    }
    const known = await this.store.get(organization, task.id);
    if (!known) throw result === 'known' ? new NotFoundError('task', task.id) : result;
    // The instance that stored it may have died before it recorded it.
    await this.audit.recordOnce(creationOf(known));
    return known;
  }

  /** The task that `create` would store, with a passing id. @throws InvalidInputError, StateConflictError */
  draft(organization: string, input: unknown): Promise<Task> {
    return this.build(organization, input, this.check.timetablesAsNeeded(organization));
  }

  /**
   * Stores new tasks, up to 250 per write; each has its own result, in the order of the inputs. With a repeated
   * `requestId`, tasks that exist already are returned as they are.
   */
  async createMany(organization: string, inputs: readonly unknown[], requestId?: string): Promise<Creation[]> {
    const timetables = this.check.timetablesAsNeeded(organization);
    const parts: Promise<Creation[]>[] = [];
    for (const chunk of chunksOf([...inputs.entries()], PART)) {
      const built = await Promise.all(
        chunk.map(([index, input]) => this.tryBuild(organization, input, timetables, idWithin(requestId, index))),
      );
      // While the next tasks are built, those before are stored and recorded, two parts at most at a time.
      await parts.at(-2);
      const part = this.storeBuilt(built);
      // Each part is awaited at the end; until then its failure must not count as unhandled.
      part.catch(() => undefined);
      parts.push(part);
    }
    return (await Promise.all(parts)).flat();
  }

  private async build(organization: string, input: unknown, timetablesFor: Timetables, id?: string): Promise<Task> {
    if (this.turns.isOver(organization)) await this.turns.next(organization);
    const now = this.clock.now();
    const { definition, secrets } = this.reader.read(input, now);
    const timetables = await timetablesFor(definition);
    await this.check.demand(organization, definition, timetables);
    const identity = { organization, id: id ?? newId(now), definition };
    if (this.turns.isOver(organization)) await this.turns.next(organization);
    const sealed = this.secrets.sealAll(identity, secrets);
    demandTaskSize({ definition, secrets: sealed }, this.options.limits.taskBytes);
    const maker = makerOf(currentActor());
    const task = withTimetable(() => newTask({ secrets: sealed, ...identity }, timetables, now));
    return { makers: { created: maker, updated: maker }, ...task };
  }

  /** Stores and records the tasks that could be built, as far as the quota allows. */
  private async storeBuilt(built: readonly Creation[]): Promise<Creation[]> {
    const tasks = built.flatMap((result) => ('task' in result ? [result.task] : []));
    const outcomes = await isolated<Task, Creation>(
      tasks,
      async (part) => {
        return this.cycles.write(part, async (cyclic) => {
          const { known, refused } = await this.quota.insert(part.filter(({ id }) => !cyclic.has(id)));
          const there = await this.storedBefore([...known, ...refused.keys()]);
          return part.map(({ id, ...task }) => {
            const fault = cyclic.get(id);
            if (fault) return { faults: [fault] };
            return there.get(id) ?? (refused.has(id) ? refusal(refused.get(id)!) : { task: { id, ...task } });
          });
        });
      },
      (_, error) => this.unforeseen(error),
    );
    const stored = built.map((result) => ('task' in result ? outcomes.shift()! : result));
    const found = stored.flatMap((result) => ('task' in result ? [result] : []));
    const created = found.flatMap(({ task, isKnown }) => (isKnown ? [] : [task]));
    for (const task of created) this.created(task);
    await this.audit.recordAll(created.map(creationOf));
    // The instance that stored them may have died before it recorded them.
    const known = found.filter(({ isKnown }) => isKnown);
    await Promise.all(known.map(({ task }) => this.audit.recordOnce(creationOf(task))));
    return stored;
  }

  /** The tasks that an earlier request stored under these ids. */
  private async storedBefore(ids: readonly string[]): Promise<Map<string, { task: Task; isKnown: true }>> {
    const tasks = ids.length > 0 ? await this.store.byIds(ids) : [];
    return new Map(tasks.map((task) => [task.id, { task, isKnown: true }]));
  }

  private async tryBuild(
    organization: string,
    input: unknown,
    timetablesFor: Timetables,
    id?: string,
  ): Promise<Creation> {
    try {
      return { task: await this.build(organization, input, timetablesFor, id) };
    } catch (error) {
      const faults = faultsOf(error);
      if (faults) return { faults };
      if (error instanceof StoreUnavailableError) throw error;
      return this.unforeseen(error);
    }
  }

  /** An unforeseen error fails this input, not the others. */
  private unforeseen(error: unknown): Creation {
    this.logger.error(`A task of a batch could not be created: ${messageOf(error)}`);
    const detail = 'could not be worked off, by no fault of the input; the log of the service says why';
    return { faults: [{ pointer: '', detail }], unforeseen: true };
  }

  private created(task: Task): void {
    this.revocation.follow(task);
    this.events.emit('task.changed', { change: 'created', task });
  }

  private async insert(tasks: readonly Task[]): Promise<('stored' | 'known' | QuotaExceededError)[]> {
    const { known, refused } = await this.quota.insert(tasks);
    return tasks.map(({ id }) => (refused.has(id) ? tooMany(refused.get(id)!) : known.has(id) ? 'known' : 'stored'));
  }
}

/** What keeps an input from being stored; null where that is no fault of it. */
export function faultsOf(error: unknown): Fault[] | null {
  if (error instanceof InvalidInputError) return error.faults;
  return error instanceof StateConflictError ? [{ pointer: '', detail: error.message }] : null;
}

/** The id of the task at this index of a batch; undefined if the request has no id. */
const idWithin = (requestId: string | undefined, index: number): string | undefined =>
  requestId && derivedId(timeOfId(requestId), 'batch', requestId, String(index));

const refusal = (limit: number): Creation => ({ faults: [{ pointer: '', detail: tooMany(limit).message }] });

const tooMany = (limit: number) =>
  new QuotaExceededError(`The organization has as many tasks as its quota allows (${limit}).`);

const creationOf = (task: Task): Change => ({
  organization: task.organization,
  action: 'task.created',
  object: { type: 'task', id: task.id },
  after: taskView(task),
});
