import { isEventTrigger } from '../../../src/domain/event.js';
import type { Run } from '../../../src/domain/run.js';
import type { EventTrigger } from '../../../src/domain/trigger.js';
import type { EventOutcome } from '../../../src/events/event-outcome.js';
import type { StoredEvent } from '../../../src/events/event.store.js';
import type { WindowChange } from '../../../src/events/windows/event-window.store.js';
import type { EndedGathering, EventWindow } from '../../../src/events/windows/event-window.js';
import { triggerDigest } from '../../../src/events/windows/window-key.js';
import type { Observer, Start } from '../world/chronicle.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/** How long after its end a window may be without its run, when nothing is in its way (ms). */
const PATIENCE_MS = 2500;
/** How much the clocks of two instances may differ (ms). */
const MOST_DIFFERENCE_MS = 8000;
/** How long an event of a join may wait beyond its time for one that is late (ms). */
const GRACE_MS = 10_000;

/**
 * Windows of event triggers: no event is in two runs of a trigger, no window starts two runs, each ends by the times of
 * its events, and within a bounded time after that its run is there, whoever died meanwhile; an event that waits is told
 * what has become of it.
 */
export class Windows implements Observer {
  /** The run of each event of a trigger. */
  private readonly runOf = new Map<string, string>();
  private readonly triggers = new Map<string, EventTrigger>();
  /** The runs that windows start. */
  private readonly planned = new Set<string>();

  constructor(private readonly world: World) {}

  applied({ port, method, parts }: Call, result: unknown): void {
    if (port === 'eventWindows' && method === 'write') {
      const written = result as Set<string>;
      for (const { window } of parts[0] as WindowChange[]) if (written.has(window.id)) this.written(window);
    }
    if (port === 'runs' && method === 'insert') this.inserted(parts[0] as Run[], result as Set<string>);
    this.learn();
  }

  started({ runId, taskId, at, scheduledFor }: Start): void {
    // Clocks of instances differ, and one of them has judged that the window is over.
    const isEarly = at < scheduledFor - MOST_DIFFERENCE_MS;
    if (isEarly && this.planned.has(runId) && !this.world.clocksAreWrong)
      this.violate(`the run ${runId} starts ${scheduledFor - at} ms before its window ends`, taskId, runId);
  }

  atTheEnd(healedAt: number): void {
    this.learn();
    for (const window of this.world.data.eventWindows.values()) this.judge(window, healedAt);
    for (const event of this.world.data.events.values()) this.judgeEvent(event);
  }

  private written({ taskId, trigger, ended }: EventWindow): void {
    for (const each of ended) {
      this.planned.add(each.runId);
      this.judgeEnd(taskId, trigger, each);
      for (const { id: event } of each.events) {
        const key = `${taskId} ${trigger} ${event}`;
        const known = this.runOf.get(key) ?? each.runId;
        if (known !== each.runId)
          this.violate(`the event ${event} is in the windows of ${known} and ${each.runId}`, taskId);
        this.runOf.set(key, known);
      }
    }
  }

  /** The time of a window's run follows from its events alone. */
  private judgeEnd(taskId: string, digest: string, { events, scheduledFor, runId }: EndedGathering): void {
    const trigger = this.triggers.get(digest);
    const times = events.map(({ receivedAt }) => receivedAt);
    const [first, last] = [Math.min(...times), Math.max(...times)];
    const expected = trigger && expectedEnds(trigger, first, last, events.length);
    if (expected && !expected.includes(scheduledFor))
      this.violate(`the run ${runId} is for ${scheduledFor - first} ms after its first event`, taskId, runId);
    if (trigger?.all && last - first >= trigger.all.withinMs)
      this.violate(`the run ${runId} joins events ${last - first} ms apart`, taskId, runId);
  }

  /** A run of events that were gathered is a run of a window, and there is one for each window's end. */
  private inserted(runs: readonly Run[], known: Set<string>): void {
    for (const { id, taskId, event, retryOf } of runs) {
      if (known.has(id) || retryOf !== null || !event?.together) continue;
      if (!this.planned.has(id)) this.violate(`the run ${id} is of no window`, taskId, id);
    }
  }

  private judge({ id, taskId, trigger, gathering, ended }: EventWindow, healedAt: number): void {
    const task = this.world.data.tasks.get(taskId);
    if (task?.state !== 'active' || !task.definition.triggers.some((each) => isEventTrigger(each) && triggerDigest(each) === trigger)) return; // prettier-ignore
    const grace = this.triggers.get(trigger)?.all ? GRACE_MS : 0;
    const end = Math.min(
      gathering ? gathering.endsAt + grace : Infinity,
      ...ended.map(({ scheduledFor }) => scheduledFor),
    );
    const since = Math.max(end, healedAt, task.updatedAt);
    if (since < this.world.timeline.now - PATIENCE_MS - this.world.clocksDifferBy)
      this.violate(`the window ${id} of task ${taskId} has ended at ${end} and was left lying`, taskId);
  }

  /** An event that waits is in a window; one that helped to start a run has that. */
  private judgeEvent({ id, dispatched, ...event }: StoredEvent): void {
    const { outcome } = event as { outcome?: EventOutcome };
    if (!dispatched || !outcome) return;
    for (const { taskId, reason } of outcome.left)
      if (reason === 'waiting' && !this.isHeld(taskId, id))
        this.violate(`the event ${id} was never told what became of it in task ${taskId}`, taskId);
    for (const { taskId, runId } of outcome.runs)
      if (this.planned.has(runId) && !this.world.data.runs.has(runId) && !this.isHeld(taskId, id))
        this.violate(`the event ${id} has started the run ${runId}, which is not there`, taskId, runId);
  }

  private isHeld(taskId: string, eventId: string): boolean {
    const is = ({ id }: { id: string }) => id === eventId;
    return [...this.world.data.eventWindows.values()].some(
      ({ taskId: owner, gathering, ended, spent }) =>
        owner === taskId &&
        (gathering?.events.some(is) || spent.some(is) || ended.some(({ events }) => events.some(is))),
    );
  }

  private learn(): void {
    for (const { definition } of this.world.data.tasks.values())
      for (const trigger of definition.triggers.filter(isEventTrigger))
        this.triggers.set(triggerDigest(trigger), trigger);
  }

  private violate(what: string, ...about: string[]): void {
    this.world.chronicle.violate('windows', what, ...about);
  }
}

function expectedEnds(
  { debounce, batch, all }: EventTrigger,
  first: number,
  last: number,
  count: number,
): number[] | null {
  if (debounce) return [Math.min(last + debounce.quietMs, first + (debounce.maxMs ?? Infinity))];
  if (batch) return count >= batch.maxSize ? [last] : [first + batch.maxMs];
  return all ? [last] : null;
}
