import { Injectable, Logger } from '@nestjs/common';
import { GroupCommit } from '../../batching/group-commit.js';
import { Clock } from '../../clock/clock.js';
import { groupsBy } from '../../domain/groups.js';
import { newId, timeOfId } from '../../domain/ids.js';
import { messageOf } from '../../domain/thrown.js';
import { RunIntake } from '../../scheduling/runs/run-intake.js';
import { TaskStore } from '../../scheduling/ports/task.store.js';
import { EventStore } from '../event.store.js';
import { EventWindowStore } from './event-window.store.js';
import type { EventWindow, SpentEvent } from './event-window.js';
import { standingOf, type Standing } from './standing.js';
import { abandoned, eventOfRun, forgetting, isEmpty, started } from './window-contents.js';
import { WindowNews } from './window-news.js';
import { dueAtOf, lookedAt } from './window-steps.js';

/** How many windows are looked at at once: each may hold as much as an event, and has a task. */
const MOST_AT_ONCE = 32;
/** After how long it is looked again at a window of a paused task, or at one whose task cannot be read (ms). */
const SHORTEST_HOLD_MS = 5000;
const LONGEST_HOLD_MS = 300_000;
/** After how long it is looked again at what could not be stored, or at events whose dispatch is not recorded (ms). */
const SHORTEST_SETTLE_MS = 1000;
const LONGEST_SETTLE_MS = 60_000;

/** What names a window. */
export type WindowKey = Pick<EventWindow, 'id' | 'organization'>;

/** A window that is being looked at, and how it stands with its task, which was read at `readAt`. */
interface Looked {
  window: EventWindow;
  /** As it is stored. */
  stored: EventWindow;
  standing: Standing;
  /** Monotonic ms. */
  readAt: number;
}

/**
 * Does what is due about windows: what is over ends and gets its run, and events are told what became of them. Any
 * instance may do it, several at once: the run's id derives from the window, and a window is written only as it was read.
 */
@Injectable()
export class WindowFiring {
  private readonly looks: GroupCommit<WindowKey, EventWindow | null>;
  private readonly logger = new Logger(WindowFiring.name);

  constructor(
    private readonly clock: Clock,
    private readonly store: EventWindowStore,
    private readonly tasks: TaskStore,
    private readonly events: EventStore,
    private readonly intake: RunIntake,
    private readonly news: WindowNews,
  ) {
    this.looks = new GroupCommit((keys) => this.lookAll(keys), {
      limit: MOST_AT_ONCE,
      partyOf: ({ organization }) => organization,
    });
  }

  /**
   * Looks at the window, and does what is due about it; resolves to the window as it is then, null when there is nothing
   * to be known of it any more.
   */
  look({ id, organization }: WindowKey): Promise<EventWindow | null> {
    return this.looks.add({ id, organization });
  }

  private async lookAll(keys: WindowKey[]): Promise<(EventWindow | null)[]> {
    const readAt = this.clock.monotonic();
    const windows = await this.store.byIds([...new Set(keys.map(({ id }) => id))]);
    const tasks = await this.tasks.byIds([...new Set(windows.map(({ taskId }) => taskId))]);
    const byId = new Map(tasks.map((task) => [task.id, task]));
    const looked = windows.map((window) => {
      const standing = standingOf(window, byId.get(window.taskId));
      return { window, stored: window, standing, readAt };
    });
    const ended = await this.endOver(looked);
    const left = await this.settle(await this.startRuns(ended));
    return keys.map(({ id }) => left.get(id) ?? null);
  }

  /** What is over ends, by what is stored: from then on nothing is added to it. Leaves out what others have changed. */
  private async endOver(looked: readonly Looked[]): Promise<Looked[]> {
    const now = this.clock.now();
    const changes = looked.flatMap((each) => {
      const after = this.over(each, now);
      return after === each.window
        ? []
        : [{ window: { ...after, version: newId(now), dueAt: now }, read: each.window.version }];
    });
    if (changes.length === 0) return [...looked];
    const written = await this.store.write(changes);
    const next = new Map(changes.map(({ window }) => [window.id, window]));
    return looked.flatMap((each) => {
      const window = next.get(each.window.id);
      if (!window) return [each];
      if (!written.has(window.id)) return [];
      this.news.told(each.window, window);
      return [{ ...each, window, stored: window }];
    });
  }

  private over({ window, standing }: Looked, now: number): EventWindow {
    if (standing.is === 'gone') return window.gathering || window.ended.length > 0 ? abandoned(window) : window;
    return standing.is === 'active' ? lookedAt(window, standing.trigger, now) : window;
  }

  private startRuns(looked: readonly Looked[]): Promise<Looked[]> {
    return Promise.all(
      looked.map(async (each) => {
        const stored = await this.startOf(each);
        return stored.size === 0 ? each : { ...each, window: started(each.window, stored) };
      }),
    );
  }

  /** Resolves to the runs of the window that are stored; those that cannot be are left to a later look. */
  private async startOf({ window, standing, readAt }: Looked): Promise<Set<string>> {
    const stored = new Set<string>();
    if (standing.is !== 'active') return stored;
    const { task } = standing;
    for (const ended of window.ended) {
      try {
        const { runId: id, scheduledFor } = ended;
        // What a pause held up is due from its end on.
        const dueAt = Math.min(Math.max(scheduledFor, task.since), this.clock.now());
        await this.intake.onWindow({ task, lookedAt: readAt }, { id, scheduledFor, event: eventOfRun(ended) }, dueAt);
        stored.add(id);
      } catch (error) {
        this.logger.error(`The run ${ended.runId} of the task ${task.id} could not be stored: ${messageOf(error)}`);
      }
    }
    return stored;
  }

  /** Tells events what became of them, and forgets them where no one will hand them in again. */
  private async settle(looked: readonly Looked[]): Promise<Map<string, EventWindow>> {
    const pending = await this.undispatched(looked.map(({ window }) => window));
    const left = new Map<string, EventWindow>();
    for (const each of looked) {
      const window = await this.settleOne(each, pending.get(each.window.organization) ?? new Set());
      if (window) left.set(window.id, window);
    }
    return left;
  }

  private async undispatched(windows: readonly EventWindow[]): Promise<Map<string, Set<string>>> {
    const found = new Map<string, Set<string>>();
    for (const [organization, own] of groupsBy(windows, (window) => window.organization)) {
      const ids = own.flatMap(({ spent }) => spent.map(({ id }) => id));
      if (ids.length > 0) found.set(organization, await this.events.undispatchedAmong(organization, ids));
    }
    return found;
  }

  private async settleOne(looked: Looked, pending: ReadonlySet<string>): Promise<EventWindow | null> {
    const { window, stored, standing } = looked;
    const now = this.clock.now();
    const known = window.spent.filter(({ id }) => !pending.has(id));
    await this.tell(window, known);
    const rest = forgetting(window, new Set(known.map(({ id }) => id)));
    if (isEmpty(rest) && window.unreadable === undefined) {
      await this.store.remove([window]);
      return null;
    }
    const dueAt = dueAgainAt(rest, standing, now);
    const next = { ...rest, version: newId(now), dueAt };
    if (known.length === 0 && window === stored) await this.store.postpone([window], dueAt);
    else await this.store.write([{ window: next, read: window.version }]);
    return next;
  }

  private async tell({ organization, taskId }: EventWindow, known: readonly SpentEvent[]): Promise<void> {
    const outcomes = groupsBy(known, (event) => ('runId' in event ? event.runId : event.reason));
    for (const events of outcomes.values()) {
      const [first] = events;
      const outcome =
        'runId' in first!
          ? { runs: [{ taskId, runId: first.runId }], left: [] }
          : { runs: [], left: [{ taskId, reason: first!.reason }] };
      await this.events.amend(
        organization,
        events.map(({ id }) => id),
        outcome,
      );
    }
  }
}

/** When it is looked at the window again (epoch ms): later and later while nothing of it changes that should. */
function dueAgainAt(window: EventWindow, standing: Standing, now: number): number {
  const age = now - timeOfId(window.version);
  const within = (least: number, most: number) => now + Math.min(Math.max(age, least), most);
  if (standing.is !== 'active') return within(SHORTEST_HOLD_MS, LONGEST_HOLD_MS);
  const { ended, spent, gathering, starts } = window;
  const isSettling = ended.length > 0 || (spent.length > 0 && !gathering && starts.length === 0);
  return isSettling ? within(SHORTEST_SETTLE_MS, LONGEST_SETTLE_MS) : dueAtOf(window, standing.trigger, now);
}
