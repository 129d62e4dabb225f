import type { Observer, Start } from '../world/chronicle.js';
import type { World } from '../world/world.js';

/**
 * A handler is never beside itself on an instance, also when it ignores that it was told to end: the next attempt of its
 * run, and the next run of its task unless the overlap policy allows that, begins there only once the handler has ended.
 */
export class BesideItself implements Observer {
  /** The calls that have not ended, by process and task. */
  private readonly open = new Map<string, Start[]>();

  constructor(private readonly world: World) {}

  started(start: Start): void {
    const key = `${start.process.name} ${start.taskId}`;
    const others = (this.open.get(key) ?? []).filter(({ isOver }) => !isOver);
    this.open.set(key, [...others, start]);
    const overlap = this.world.data.tasks.get(start.taskId)?.definition.overlap ?? 'allow';
    const beside = others.find(({ runId }) => runId === start.runId || overlap !== 'allow');
    if (!beside) return;
    const told = beside.signal.aborted ? ', which was told to end' : '';
    const what = `attempt ${start.attempt} of run ${start.runId} (overlap ${overlap}) begins on ${start.process.name} beside attempt ${beside.attempt} of run ${beside.runId}${told}`;
    this.world.chronicle.violate('beside itself', what, start.taskId, start.runId);
  }
}
