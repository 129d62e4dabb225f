import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import { NextReads } from '../batching/next-reads.js';
import type { ReceivedEvent } from '../domain/event.js';
import { sizeOfTask } from '../domain/held-size.js';
import type { Task } from '../domain/task.js';
import { timeOfId } from '../domain/ids.js';
import type { Listing } from '../domain/listing.js';
import { SetAside } from '../scheduling/holding/set-aside.js';
import { fitting, MOST_READ, MOST_READ_BYTES } from '../scheduling/ports/task-pages.js';
import { TaskStore, type TaskVersion } from '../scheduling/ports/task.store.js';
import { termsOf } from '../triggers/event-terms.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import type { LeftTask, StartedRun } from './event-outcome.js';
import { AwaitedTasks } from './awaited-tasks.js';
import { TriggerConditions, type Match } from './trigger-conditions.js';

/** How many bytes of tasks are read for an event at first: nearly always that is all that wait for it. */
export const FIRST_BYTES = 524_288;

/** How many tasks of which nothing is known are read one by one; more of them are read as a page, which is bounded in bytes. */
const MOST_UNKNOWN = 10;

/** An event for which tasks are looked for. */
export interface Looking {
  organization: string;
  event: ReceivedEvent;
  /** Whether it was dispatched before; then conditions are not asked again. */
  isDone: boolean;
  /** How many runs it may still start, with all that follow. */
  allowance: number;
  /** Whether its chain is too long for it to start anything. */
  isTooDeep: boolean;
}

/** Tasks that wait for an event, and where a further look for others goes on; null at the end. */
export interface Look {
  /** Those that start at once. */
  triggered: Task[];
  /** Runs that conditions have started. */
  others: StartedRun[];
  left: LeftTask[];
  next: string | null;
  /** Whether tasks that wait for the event's type were left out because their filters cannot match. */
  isNarrowed: boolean;
  /** Monotonic ms. */
  lookedAt: number;
}

interface Page extends Listing<Task>, Pick<Look, 'isNarrowed'> {
  /** Of tasks that wait for the event's type, but do not match it: they were not read again. */
  unlike: TaskVersion[];
}

const NONE_UNLIKE: Pick<Page, 'unlike'> = { unlike: [] };

interface Asked extends Pick<Looking, 'organization' | 'event'> {
  after: string | undefined;
  bytes: number | undefined;
  terms: readonly string[];
}

/** A page, and the shapes as they were stored after it was found. */
interface Answered {
  page: Omit<Page, 'isNarrowed'>;
  stored: readonly string[];
}

/** Finds the tasks that an event triggers, by the filters and conditions of their triggers. */
@Injectable()
export class TaskMatcher {
  private readonly awaited = new AwaitedTasks();
  /** Events that come in together share what is the same for them. */
  private readonly shapes = new NextReads<string[]>();
  private readonly pages = new NextReads<Listing<Task>>();
  private readonly ids = new NextReads<string[]>();

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly resolver: TriggerResolver,
    private readonly aside: SetAside,
    private readonly turns: Turns,
    private readonly conditions: TriggerConditions,
  ) {}

  /** Looks at the tasks after `after`, as many as fit into `bytes`. */
  async look(looking: Looking, after?: string, bytes?: number): Promise<Look> {
    const { organization, event } = looking;
    const lookedAt = this.clock.monotonic();
    const { items, next, isNarrowed, unlike } = await this.pageFor(organization, event, after, bytes);
    // A task that came after the event does not answer to it, also when the event is sent again.
    const isBefore = ({ createdAt }: Pick<Task, 'createdAt'>) => createdAt <= event.receivedAt;
    const matches: Match[] = [];
    const left: LeftTask[] = unlike.filter(isBefore).map(({ id }) => ({ taskId: id, reason: 'filter' }));
    const paused: LeftTask[] = [];
    for (const task of items.filter(isBefore)) {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      const found = this.matchesOf(task, event);
      if (found.length === 0) left.push({ taskId: task.id, reason: 'filter' });
      else if (task.state === 'paused') paused.push({ taskId: task.id, reason: 'paused' });
      else matches.push(...found);
    }
    const met = await this.meet(looking, matches);
    return { next, isNarrowed, lookedAt, ...met, left: [...met.left, ...paused, ...left] };
  }

  /**
   * Whether some task, active or paused, has a trigger that the event matches. A bounded number of tasks is looked at: where
   * more wait for the event's type, one of them may.
   */
  async mayBeAwaited(organization: string, event: ReceivedEvent): Promise<boolean> {
    const { items, next } = await this.pageFor(organization, event, undefined, FIRST_BYTES);
    for (const task of items.filter(({ createdAt }) => createdAt <= event.receivedAt)) {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      if (this.matchesOf(task, event).length > 0) return true;
    }
    return next !== null;
  }

  /**
   * Up to `most` tasks that wait for the event's type and were not looked at, since their filters cannot match; `named` are
   * those that were.
   */
  async passedOver(
    { organization, event }: Pick<Looking, 'organization' | 'event'>,
    named: ReadonlySet<string>,
    most: number,
  ): Promise<LeftTask[]> {
    const left: LeftTask[] = [];
    const limit = Math.min(MOST_READ, most + named.size);
    for (let after: string | undefined; left.length < most;) {
      const from = after;
      const ids = await this.ids.of(keyOf(organization, event.type, after, limit), () =>
        this.tasks.idsForEvent(organization, event.type, from, limit),
      );
      const others = ids.filter((id) => !named.has(id) && timeOfId(id) <= event.receivedAt);
      left.push(...others.map((taskId) => ({ taskId, reason: 'filter' as const })));
      if (ids.length < limit) break;
      after = ids.at(-1);
    }
    return left.slice(0, most);
  }

  /**
   * The tasks after `after` that the event may start: under its terms, or all that wait for its type where it has none. A
   * task that is changed meanwhile may be found by a new shape alone, which is stored before it: then they are read again.
   */
  private async pageFor(
    organization: string,
    event: ReceivedEvent,
    after: string | undefined,
    bytes: number | undefined,
  ): Promise<Page> {
    const known = this.awaited.shapesOf(organization);
    for (let shapes = known ?? (await this.shapesOf(organization)), isKnown = known !== undefined; ;) {
      const terms = shapes.length > 0 ? termsOf(event, shapes) : undefined;
      if (terms === undefined) return this.pageOfType(organization, event.type, after, bytes);
      const asked = { organization, event, after, bytes, terms };
      const { page, stored } = (isKnown ? await this.knownPage(asked) : undefined) ?? (await this.pageUnder(asked));
      this.awaited.noteShapes(organization, stored);
      if (stored.every((shape) => shapes.includes(shape))) return { ...page, isNarrowed: true };
      [shapes, isKnown] = [stored, true];
    }
  }

  private shapesOf(organization: string): Promise<string[]> {
    return this.shapes.of(organization, () => this.tasks.eventShapes(organization));
  }

  /** All that wait for the type, whatever the shapes are; those are read for the next event. */
  private async pageOfType(
    organization: string,
    type: string,
    after: string | undefined,
    bytes: number | undefined,
  ): Promise<Page> {
    const [page, shapes] = await Promise.all([
      this.pages.of(keyOf(organization, type, after, bytes), () =>
        this.tasks.forEvent(organization, type, after, bytes),
      ),
      this.shapesOf(organization),
    ]);
    this.awaited.noteShapes(organization, shapes);
    return { ...NONE_UNLIKE, ...page, isNarrowed: false };
  }

  /** Reads all tasks under the terms, and then the shapes. */
  private async pageUnder({ organization, event, after, bytes, terms }: Asked): Promise<Answered> {
    const page = await this.tasks.forEvent(organization, event.type, after, bytes, terms);
    for (const task of page.items) this.awaited.note(task);
    return { page: { ...NONE_UNLIKE, ...page }, stored: await this.shapesOf(organization) };
  }

  /**
   * As `pageUnder`, but of tasks whose triggers are known reads only those that match. It ends before many that are not known;
   * undefined where it would begin with them. The versions are read before the shapes.
   */
  private async knownPage({ organization, event, after, bytes, terms }: Asked): Promise<Answered | undefined> {
    const { items: versions, next } = await this.tasks.versionsForEvent(organization, event.type, after, terms);
    const known = this.awaited.all(versions);
    const unlike: TaskVersion[] = [];
    const alike: string[] = [];
    let [size, unknown] = [0, 0];
    let cut: string | null = null;
    const most = bytes ?? MOST_READ_BYTES;
    for (const [index, version] of versions.entries()) {
      const task = known[index];
      if (task === undefined) unknown++;
      if (unknown > MOST_UNKNOWN && index <= MOST_UNKNOWN) return undefined;
      if (unknown > MOST_UNKNOWN || size >= most) {
        cut = versions[index - 1]!.id;
        break;
      }
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      if (task && !this.mayMatch(task.triggers, event)) unlike.push(version);
      else {
        alike.push(version.id);
        size += task?.size ?? 0;
      }
    }
    const [stored, found] = await Promise.all([
      this.shapesOf(organization),
      alike.length > 0 ? this.tasks.byIds(alike) : [],
    ]);
    for (const task of found) this.awaited.note(task);
    const all = found.filter(({ state }) => state !== 'completed').sort((a, b) => (a.id < b.id ? -1 : 1));
    // Those that were not known may be larger than what was left for them.
    const items = all.slice(0, fitting(all.map(sizeOfTask), most));
    const end = items.length < all.length ? items.at(-1)!.id : (cut ?? next);
    return { page: { items, unlike: unlike.filter(({ id }) => end === null || id <= end), next: end }, stored };
  }

  /** Whether one of the triggers matches, or costs too much to tell, which is found again with the task itself. */
  private mayMatch(triggers: Task['definition']['triggers'], event: ReceivedEvent): boolean {
    try {
      return this.resolver.matchingTriggers(event, { definition: { triggers } }).length > 0;
    } catch {
      return true;
    }
  }

  private matchesOf(task: Task, event: ReceivedEvent): Match[] {
    try {
      return this.resolver.matchingTriggers(event, task).map((matched) => ({ task, event, ...matched }));
    } catch (error) {
      this.aside.note(task, error);
      return [];
    }
  }

  /** What follows from the conditions of triggers; a task starts at most once at once. */
  private async meet(
    { organization, event, isDone, allowance, isTooDeep }: Looking,
    matches: readonly Match[],
  ): Promise<Pick<Look, 'triggered' | 'others' | 'left'>> {
    const conditional = matches.filter(({ trigger }) => this.conditions.has(trigger));
    const held = new Set(conditional);
    const others: StartedRun[] = [];
    const left: LeftTask[] = [];
    if (isTooDeep) left.push(...conditional.map(({ task }) => ({ taskId: task.id, reason: 'depth' as const })));
    else if (conditional.length > 0 && !isDone) {
      const shared = { ...event, descendants: Math.floor(allowance / matches.length) };
      const asked = conditional.map((match) => ({ ...match, event: shared }));
      const verdicts = await this.conditions.meet(organization, asked);
      for (const [index, match] of conditional.entries()) {
        const verdict = verdicts[index]!;
        const taskId = match.task.id;
        if (verdict.what === 'start') held.delete(match);
        else if (verdict.what === 'started') others.push({ taskId, runId: verdict.runId });
        else if (verdict.what === 'left') left.push({ taskId, reason: verdict.reason });
        else left.push({ taskId, reason: 'waiting', until: verdict.until });
      }
    }
    const triggered = new Set(matches.filter((match) => !held.has(match)).map(({ task }) => task));
    return { triggered: [...triggered], others, left };
  }
}

const keyOf = (...asked: readonly unknown[]): string => JSON.stringify(asked);
