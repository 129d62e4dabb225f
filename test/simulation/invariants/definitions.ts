import type { Task } from '../../../src/domain/task.js';
import type { Observer, Request, Start } from '../world/chronicle.js';
import type { World } from '../world/world.js';

/** What users know about a task from acknowledged requests. */
interface Known {
  version: number;
  changedAt: number;
  removed: boolean;
  /** The acknowledged pause, unless a later request may have ended it. */
  pause: { at: number; until: number } | null;
}

/** How far the clock of the instance that ends a pause may be ahead of the true time (ms). */
const SKEW_MS = 300;

/** Once a change, a pause or a deletion is acknowledged, nothing starts by the former definition or state. */
export class Definitions implements Observer {
  private readonly known = new Map<string, Known>();

  constructor(private readonly world: World) {}

  requested({ kind, taskId }: Request): void {
    const known = this.known.get(taskId ?? '');
    // A further pause may end sooner than the previous one.
    if (known && (kind === 'resume' || kind === 'pause')) known.pause = null;
  }

  answered({ kind, taskId, version, answer }: Request): void {
    if (taskId === null) return;
    const known = this.known.get(taskId) ?? { version: 1, changedAt: 0, removed: false, pause: null };
    this.known.set(taskId, known);
    if (kind === 'change') Object.assign(known, { version, changedAt: answer!.at });
    if (kind === 'remove') known.removed = true;
    if (kind === 'pause')
      known.pause = { at: answer!.at, until: (answer!.value as Task).pausedUntil ?? Number.POSITIVE_INFINITY };
  }

  started({ runId, taskId, attempt, version, trigger, scheduledFor }: Start): void {
    const known = this.known.get(taskId);
    if (!known) return;
    const start = `attempt ${attempt} of run ${runId} starts`;
    const violate = (what: string) => this.world.chronicle.violate('definitions', `${start} ${what}`, runId, taskId);
    if (known.removed) violate('after its task was deleted');
    const { lockLifeMs } = this.world.settings;
    const isPrompt = attempt === 1 && trigger === 'schedule' && this.world.timeline.now < scheduledFor + lockLifeMs;
    // A retry, a run that waited for others, or a requested run may already be on its way with its former definition.
    const graceMs = isPrompt ? 0 : lockLifeMs + 500;
    const isOld = version < known.version && this.world.timeline.now > known.changedAt + graceMs;
    if (isOld && !this.world.clocksAreWrong)
      violate(`by version ${version} of its task after ${known.version} was answered`);
    const { now } = this.world.timeline;
    const isPaused = known.pause !== null && now > known.pause.at + graceMs && now < known.pause.until - SKEW_MS;
    if (isPaused && !this.world.clocksAreWrong && attempt === 1 && (trigger === 'schedule' || trigger === 'event'))
      violate('although its task is paused');
  }
}
