import { Injectable, Logger } from '@nestjs/common';
import { GroupCommit } from '../../batching/group-commit.js';
import { Clock } from '../../clock/clock.js';
import { Presence } from '../../cluster/presence.js';
import { StateConflictError } from '../../domain/errors.js';
import { groupsBy } from '../../domain/groups.js';
import { newId } from '../../domain/ids.js';
import { jsonSize } from '../../domain/json-size.js';
import type { EventTrigger } from '../../domain/trigger.js';
import { EventStore } from '../event.store.js';
import { TriggerConditions, type Match, type Verdict } from '../trigger-conditions.js';
import { EventWindowStore } from './event-window.store.js';
import type { EventWindow } from './event-window.js';
import { kindsOf } from './kinds.js';
import { emptyWindow } from './window-contents.js';
import { WindowFiring } from './window-firing.js';
import { WindowNews } from './window-news.js';
import { keyPathOf, triggerDigest, windowId, windowKey } from './window-key.js';
import { WindowRoom } from './window-room.js';
import { dueAtOf, placed, type Arrival } from './window-steps.js';
import { WindowWatch } from './window-watch.js';

/** How many events are placed at once: each may have a window of its own to be read and written. */
const MOST_AT_ONCE = 64;
const MOST_BYTES = 4_194_304;
/** How long a window may be empty before its first event is in it (ms). */
const EMPTY_MS = 5000;
/** How often an event is placed anew because another instance has changed its window meanwhile. */
const MOST_TRIES = 100;

/** An event on its way into the window of a trigger. */
interface Placing {
  of: Pick<EventWindow, 'id' | 'organization' | 'taskId' | 'trigger' | 'key'>;
  trigger: EventTrigger;
  arrival: Arrival;
}

/** A placing, and where its verdict goes. */
interface Open {
  placing: Placing;
  index: number;
}

/** Puts events into the windows of triggers with conditions, each once. */
@Injectable()
export class WindowConditions extends TriggerConditions {
  private readonly commits: GroupCommit<Placing, Verdict>;
  private readonly logger = new Logger(WindowConditions.name);

  constructor(
    private readonly clock: Clock,
    private readonly store: EventWindowStore,
    private readonly events: EventStore,
    private readonly room: WindowRoom,
    private readonly firing: WindowFiring,
    private readonly watch: WindowWatch,
    private readonly news: WindowNews,
    presence: Presence,
  ) {
    super();
    this.commits = new GroupCommit((placings) => this.placeAll(placings), {
      limit: MOST_AT_ONCE,
      pace: presence.pace(),
      bytes: { most: MOST_BYTES, of: ({ arrival }: Placing) => jsonSize(arrival.event.data) },
      partyOf: ({ of }) => of.organization,
    });
  }

  has({ debounce, throttle, batch, all }: EventTrigger): boolean {
    return (debounce ?? throttle ?? batch ?? all) !== undefined;
  }

  meet(organization: string, matches: readonly Match[]): Promise<Verdict[]> {
    return Promise.all(matches.map((match) => this.place(organization, match)));
  }

  private async place(organization: string, { task, trigger, event }: Match): Promise<Verdict> {
    // The filter of a single event was compared when the task was found.
    const kinds = trigger.all ? kindsOf(trigger, event) : [0];
    if (kinds.length === 0) return { what: 'left', reason: 'filter' };
    const key = windowKey(keyPathOf(trigger), event);
    const digest = triggerDigest(trigger);
    const of = { id: windowId(task.id, digest, key), organization, taskId: task.id, trigger: digest, key };
    const verdict = await this.commits.add({ of, trigger, arrival: { event, kinds } });
    return verdict.what === 'started' ? this.startedBy(of, verdict) : verdict;
  }

  /** Whoever hears of the run finds it stored, unless something holds it up. */
  private async startedBy(of: Placing['of'], verdict: Verdict & { what: 'started' }): Promise<Verdict> {
    const window = await this.firing.look(of);
    if (!window) return verdict;
    this.watch.note(window);
    const waiting = window.ended.find(({ runId }) => runId === verdict.runId);
    return waiting ? { what: 'waits', until: waiting.scheduledFor } : verdict;
  }

  private async placeAll(placings: Placing[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    let open = placings.map((placing, index): Open => ({ placing, index }));
    for (let tries = 0; open.length > 0; tries++) {
      if (tries === MOST_TRIES)
        throw new StateConflictError('The windows of the event were changed by others each time.');
      open = await this.placeOnce(open, verdicts);
    }
    return verdicts;
  }

  /** Notes the verdicts that hold, and returns what has to be placed anew because its window was changed meanwhile. */
  private async placeOnce(open: readonly Open[], verdicts: Verdict[]): Promise<Open[]> {
    const now = this.clock.now();
    const ids = [...new Set(open.map(({ placing }) => placing.of.id))];
    const stored = new Map((await this.store.byIds(ids)).map((window) => [window.id, window]));
    // After the windows were read: one that has forgotten an event since is not written as it was read.
    const past = await this.dispatchedAmong(open);
    await this.room.look(open.map(({ placing }) => placing.of));
    const windows = new Map<string, { window: EventWindow; trigger: EventTrigger }>();
    for (const { placing, index } of open) {
      const { of, trigger, arrival } = placing;
      const earlier = past.get(placing);
      if (earlier) verdicts[index] = earlier;
      if (earlier) continue;
      const before = windows.get(of.id)?.window ?? this.known(stored.get(of.id), of);
      const { window, verdict } = placed(before, trigger, arrival);
      const isNew = before.version === '' && before !== window && !windows.has(of.id);
      const bytes = stored.has(of.id) ? jsonSize(arrival.event.data) : 0;
      const hasRoom = window === before || this.room.take(of, isNew, bytes);
      verdicts[index] = hasRoom ? verdict : { what: 'left', reason: 'windows' };
      if (hasRoom && window !== before) windows.set(of.id, { window, trigger });
    }
    const changes = [...windows.values()].map(({ window, trigger }) => {
      const read = stored.get(window.id)?.version ?? null;
      return { window: read === null ? newborn(window, now) : renewed(window, trigger, now), read };
    });
    const written = changes.length > 0 ? await this.store.write(changes) : new Set<string>();
    for (const { window } of changes.filter(({ window: { id } }) => written.has(id))) {
      this.watch.note(window);
      const before = stored.get(window.id);
      // One that was not stored is stored empty.
      if (before) this.news.told(before, window);
    }
    const isPlaced = (id: string) => stored.has(id) && written.has(id);
    return open.filter(({ placing: { of } }) => windows.has(of.id) && !isPlaced(of.id));
  }

  /** The events that were dispatched before, with what came of them then. */
  private async dispatchedAmong(open: readonly Open[]): Promise<Map<Placing, Verdict>> {
    const past = new Map<Placing, Verdict>();
    for (const [organization, own] of groupsBy(open, ({ placing }) => placing.of.organization)) {
      const ids = [...new Set(own.map(({ placing }) => placing.arrival.event.id))];
      const pending = await this.events.undispatchedAmong(organization, ids);
      for (const { placing } of own) {
        const { id } = placing.arrival.event;
        if (!pending.has(id)) past.set(placing, await this.recorded(organization, id, placing.of.taskId));
      }
    }
    return past;
  }

  private async recorded(organization: string, eventId: string, taskId: string): Promise<Verdict> {
    const { runs = [], left = [] } = (await this.events.get(organization, eventId))?.outcome ?? {};
    const run = runs.find((each) => each.taskId === taskId);
    if (run) return { what: 'started', runId: run.runId };
    const { reason = 'expired', until } = left.find((each) => each.taskId === taskId) ?? {};
    return until === undefined ? { what: 'left', reason } : { what: 'waits', until };
  }

  private known(window: EventWindow | undefined, of: Placing['of']): EventWindow {
    if (!window) return emptyWindow(of);
    if (window.unreadable === undefined) return window;
    this.logger.error(`The window ${of.id} of the task ${of.taskId} is begun anew: ${window.unreadable}.`);
    return emptyWindow(of);
  }
}

const renewed = (window: EventWindow, trigger: EventTrigger, now: number): EventWindow => ({
  ...window,
  version: newId(now),
  dueAt: dueAtOf(window, trigger, now),
});

/**
 * The window as it is stored at first: empty. Its first event is written over a version like any other, so that a write
 * which arrives late cannot bring back a window that was removed meanwhile, with events that are through.
 */
const newborn = (window: EventWindow, now: number): EventWindow => ({
  ...emptyWindow(window),
  version: newId(now),
  dueAt: now + EMPTY_MS,
});
