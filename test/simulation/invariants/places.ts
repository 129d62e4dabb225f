import { needOf } from '../../../src/domain/need.js';
import type { Observer, Start } from '../world/chronicle.js';
import type { World } from '../world/world.js';

/** What a start takes a place of. */
interface Place {
  name: string;
  limit: number;
}

/**
 * On no instance more calls of a handler, or more runs of a queue, are under way than it has places for, with those that
 * go on although they were told to end.
 */
export class Places implements Observer {
  private readonly taken = new Map<Start, Place[]>();

  constructor(private readonly world: World) {}

  started(start: Start): void {
    const places = this.placesOf(start);
    if (places.length === 0) return;
    this.taken.set(start, places);
    for (const [other] of this.taken) if (other.isOver || other.process.isDead) this.taken.delete(other);
    for (const { name, limit } of places) {
      const holders = [...this.taken].filter(
        ([{ process }, others]) => process === start.process && others.some((other) => other.name === name),
      );
      if (holders.length <= limit) continue;
      const what = `${holders.length} calls have one of the ${limit} places of ${name} on ${start.process.name}`;
      this.world.chronicle.violate('places', what, ...holders.map(([{ runId }]) => runId));
    }
  }

  private placesOf({ taskId, version }: Start): Place[] {
    const { perHandler, perQueue } = this.world.limiting;
    const task = this.world.data.tasks.get(taskId);
    // A change may come between the start and this.
    if (!task || task.definition.parameters['version'] !== version) return [];
    const { queue } = needOf(task);
    const { action } = task.definition;
    const ofQueue = perQueue[queue];
    return [
      ...(perHandler !== undefined && action.type === 'handler' ? [{ name: action.name, limit: perHandler }] : []),
      ...(ofQueue !== undefined ? [{ name: `queue ${queue}`, limit: ofQueue }] : []),
    ];
  }
}
