import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import { ByteBudget } from '../domain/byte-budget.js';
import type { ReceivedEvent } from '../domain/event.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { chainOf, MAX_CHAIN_LENGTH } from '../integrations/chained-id.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { MOST_READ_BYTES } from '../scheduling/ports/task-pages.js';
import { RunStore } from '../scheduling/ports/run.store.js';
import { RunIntake } from '../scheduling/runs/run-intake.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { ChainedOrganizations } from './chains/chained-organizations.js';
import type { StoredEvent } from './event.store.js';
import { bounded, MOST_TOLD, type LeftTask } from './event-outcome.js';
import { EventChannel, type Answer } from './events.service.js';
import { BEYOND, FormerStarts, TOO_DEEP } from './former-starts.js';
import { shareOut } from './shares.js';
import { FIRST_BYTES, TaskMatcher, type Look } from './task-matcher.js';

/** Of how many tasks at the most it is recorded that an event did not start them. */
const MOST_RECORDED = 100;

/** An event with what it started before. */
interface Dispatching {
  organization: string;
  event: ReceivedEvent;
  /** Whether it was dispatched before: then it is answered by what came of it. */
  isDone: boolean;
  former: FormerStarts;
  /** How long it was looked for tasks so far (ms). */
  matchMs: number;
}

/** An event with the runs that those events may start that its own raise. */
interface Sharing extends Dispatching {
  descendants: number;
}

const isTooDeep = ({ id }: ReceivedEvent): boolean => chainOf(id).length > MAX_CHAIN_LENGTH;

/**
 * Starts the tasks that an event triggers. However many and large they are, a bounded part of them is in memory: an
 * organization takes half of what there is for events at the most.
 */
@Injectable()
export class EventDispatcher {
  private readonly logger = new Logger(EventDispatcher.name);
  private readonly room: ByteBudget;

  constructor(
    channel: EventChannel,
    private readonly runs: RunStore,
    private readonly matcher: TaskMatcher,
    private readonly intake: RunIntake,
    private readonly chained: ChainedOrganizations,
    private readonly turns: Turns,
    private readonly clock: Clock,
    private readonly events: LifecycleEvents,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'eventDescendants' | 'heldBytes'>,
  ) {
    this.room = new ByteBudget(settings.heldBytes / 3);
    channel.onReceived((event, isNew) => this.dispatch(event, isNew));
  }

  private async dispatch(stored: StoredEvent, isNew: boolean): Promise<Answer> {
    const { organization, id, type, data, receivedAt, trace } = stored;
    const event = { id, type, data, receivedAt, ...(trace && { trace }) };
    const former = isNew ? new FormerStarts() : await FormerStarts.of(this.runs, organization, event);
    const dispatching = { organization, event, former, isDone: stored.dispatched, matchMs: 0 };
    const dispatched = await this.within(organization, FIRST_BYTES, async () => {
      const look = await this.look(dispatching, undefined, FIRST_BYTES);
      return look.next === null ? this.startAll(dispatching, look) : null;
    });
    return dispatched ?? this.startByPages(dispatching);
  }

  private async within<Result>(organization: string, bytes: number, work: () => Promise<Result>): Promise<Result> {
    const leave = await this.room.take(organization, bytes);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** Looks once for tasks that the event triggers. */
  private async look(dispatching: Dispatching, after?: string, bytes?: number): Promise<Look> {
    const look = await this.matcher.look(
      {
        ...dispatching,
        allowance: this.allowanceOf(dispatching),
        isTooDeep: isTooDeep(dispatching.event),
      },
      after,
      bytes,
    );
    dispatching.matchMs += this.clock.monotonic() - look.lookedAt;
    return look;
  }

  private async startAll(dispatching: Dispatching, look: Look): Promise<Answer> {
    const { event, former } = dispatching;
    const { triggered, lookedAt } = look;
    const fresh = triggered.filter(({ id }) => !former.has(id));
    const { started, refused, descendants } = shareOut(fresh, this.allowanceOf(dispatching), (task) =>
      this.goesOn(task, dispatching),
    );
    const sharing = { ...dispatching, descendants };
    const [runs, passedOver] = await Promise.all([
      this.start(started, lookedAt, sharing),
      look.isNarrowed ? this.passedOver(sharing, namedIn(look), look.left.length) : [],
    ]);
    this.tell(refused.length, sharing);
    await this.refuse(refused.slice(0, this.recordable(former)), event);
    return answerOf(sharing, { ...look, left: [...look.left, ...passedOver] }, runs);
  }

  /** Tasks whose filters the event cannot match, as many as may be told of beside `told` others. */
  private passedOver(dispatching: Dispatching, named: ReadonlySet<string>, told: number): Promise<LeftTask[]> {
    return this.matcher.passedOver(dispatching, named, Math.max(0, MOST_TOLD + 1 - told));
  }

  /**
   * Starts more than fits into memory: first all of them are counted, then they are read again, and what is read of them at a
   * time is started before more is.
   */
  private async startByPages(dispatching: Dispatching): Promise<Answer> {
    const { event, former } = dispatching;
    const all: { id: string; isRaising: boolean }[] = [];
    const told: Pick<Look, 'others' | 'left'> = { others: [], left: [] };
    const unmatched: LeftTask[] = [];
    const named = new Set<string>();
    let isNarrowed = false;
    await this.eachPage(dispatching, (look) => {
      const { triggered, others, left } = look;
      isNarrowed ||= look.isNarrowed;
      for (const id of namedIn(look)) named.add(id);
      all.push(...triggered.map((task) => ({ id: task.id, isRaising: this.goesOn(task, dispatching) })));
      // One more than is told shows that there are others.
      told.others.push(...others.slice(0, MOST_TOLD + 1 - told.others.length));
      for (const each of left) {
        const list = each.reason === 'filter' ? unmatched : told.left;
        if (list.length <= MOST_TOLD) list.push(each);
      }
      return Promise.resolve();
    });
    const fresh = all.filter(({ id }) => !former.has(id));
    const shares = shareOut(fresh, this.allowanceOf(dispatching), ({ isRaising }) => isRaising);
    const started = new Set(shares.started.map(({ id }) => id));
    const recorded = new Set(shares.refused.slice(0, this.recordable(former)).map(({ id }) => id));
    const sharing = { ...dispatching, descendants: shares.descendants };
    this.tell(shares.refused.length, sharing);
    const runs: Run[] = [];
    await this.eachPage(dispatching, async ({ triggered, lookedAt }) => {
      const due = triggered.filter(({ id }) => started.has(id));
      runs.push(...(await this.start(due, lookedAt, sharing)));
      const refused = triggered.filter(({ id }) => recorded.has(id));
      await this.refuse(refused, event);
    });
    const left = [...told.left, ...unmatched];
    const passedOver = isNarrowed ? await this.passedOver(sharing, named, left.length) : [];
    return answerOf(sharing, { ...told, left: [...left, ...passedOver], triggered: all }, runs);
  }

  private async eachPage(dispatching: Dispatching, work: (look: Look) => Promise<void>): Promise<void> {
    for (let after: string | null | undefined; after !== null;) {
      const from = after;
      after = await this.within(dispatching.organization, MOST_READ_BYTES, async () => {
        const look = await this.look(dispatching, from);
        await work(look);
        return look.next;
      });
    }
  }

  private async start(tasks: readonly Task[], lookedAt: number, sharing: Sharing): Promise<Run[]> {
    const { organization, event, descendants } = sharing;
    const eventFor = (task: Task) => (this.goesOn(task, sharing) ? { ...event, descendants } : event);
    const runs: Promise<Run>[] = [];
    for (const task of tasks) {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      const run = this.intake.onEvent({ task, lookedAt }, eventFor(task));
      // It is told of below, once all of them have begun.
      run.catch(() => undefined);
      runs.push(run);
    }
    return Promise.all(runs);
  }

  /**
   * Whether a run of the task goes on with what the event began: by an event that it raises or, within a chain, by its end.
   * The end of a run that an event from outside has started begins a chain.
   */
  private goesOn({ definition }: Task, { organization, event }: Dispatching): boolean {
    if (definition.action.type === 'event') return true;
    return chainOf(event.id).length > 0 && this.chained.has(organization);
  }

  /** How many runs the event may still start, with all that follow. */
  private allowanceOf({ event, former }: Dispatching): number {
    if (isTooDeep(event)) return 0;
    const most = this.settings.eventDescendants;
    return Math.max(0, Math.min(most, chainOf(event.id).descendants ?? most) - former.used);
  }

  /** How many tasks may still be recorded as not started. */
  private recordable({ refused }: FormerStarts): number {
    return Math.max(0, MOST_RECORDED - refused.size);
  }

  /** Tells it once: what is recorded was told before. */
  private tell(refused: number, { organization, event, former }: Dispatching): void {
    if (refused === 0 || former.refused.size > 0 || isTooDeep(event)) return;
    const most = this.settings.eventDescendants;
    this.events.emit('event.refused', { organization, eventId: event.id, refused });
    this.logger.warn(
      `The event ${event.id} (${event.type}) of ${organization} starts ${refused} tasks less than wait for it: one may start ${most} runs with all that follow (EVENT_DESCENDANTS).`,
    );
  }

  /** Records that the tasks are not started. */
  private async refuse(refused: readonly Task[], event: ReceivedEvent): Promise<void> {
    if (refused.length === 0) return;
    const reason = isTooDeep(event)
      ? `${TOO_DEEP}: ${MAX_CHAIN_LENGTH} events in a row started each other`
      : `${BEYOND} ${this.settings.eventDescendants} runs with all that follow (EVENT_DESCENDANTS), and this would be beyond its part`;
    await this.intake.refuse(refused, event, reason);
  }
}

/** The ids of the tasks that were looked at. */
const namedIn = ({ triggered, others, left }: Look): Set<string> =>
  new Set([...triggered.map(({ id }) => id), ...[...others, ...left].map(({ taskId }) => taskId)]);

/** What the event started, now and before: first of the tasks that it triggers, in their order. */
function answerOf(
  { event, former, matchMs }: Dispatching,
  { triggered, others, left }: Pick<Look, 'others' | 'left'> & { triggered: readonly { id: string }[] },
  runs: readonly Run[],
): Answer {
  const ids = new Map([...former.started, ...runs.map(({ taskId, id }): [string, string] => [taskId, id])]);
  const inOrder = triggered.flatMap(({ id }) => (ids.has(id) ? [id] : []));
  const triggeredTasks = [...new Set([...inOrder, ...ids.keys()])];
  const answer = { eventId: event.id, triggeredTasks, runs: triggeredTasks.map((id) => ids.get(id)!), matchMs };
  const refused = triggered.filter(({ id }) => !ids.has(id));
  const outcome = bounded({
    runs: [...triggeredTasks.map((taskId) => ({ taskId, runId: ids.get(taskId)! })), ...others],
    // Limits come first: what did not match is the rest.
    left: [
      ...refused.map(({ id }) => ({
        taskId: id,
        reason: isTooDeep(event) ? ('depth' as const) : ('fan-out' as const),
      })),
      ...left,
    ],
  });
  return { ...answer, ...(refused.length > 0 && { refused: refused.length }), outcome };
}
